// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QJsonArray>
#include <QJsonObject>
#include <QString>
#include <QStringList>

#include <cmath>
#include <initializer_list>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/error.h"

namespace vitrine {

/// The values of a field and what a file calls them.
template <typename Value>
using Words = std::initializer_list<std::pair<Value, const char*>>;

/// Writes what differs from nothing.
class Writer {
public:
    void put(const char* key, const QString& text)
    {
        if (!text.isEmpty())
            m_object.insert(QLatin1String(key), text);
    }
    void put(const char* key, double number) { m_object.insert(QLatin1String(key), number); }
    void put(const char* key, bool on) { m_object.insert(QLatin1String(key), on); }
    void put(const char* key, const std::optional<int>& number)
    {
        if (number)
            put(key, double(*number));
    }
    template <typename Value>
    void put(const char* key, const std::optional<Value>& value, const Words<Value>& words)
    {
        for (const auto& [each, word] : words)
            if (value == each)
                put(key, QString::fromLatin1(word));
    }
    template <typename Numbers>
    void putAll(const char* key, const Numbers& numbers)
    {
        QJsonArray list;
        for (const auto number : numbers)
            list.append(double(number));
        if (!list.isEmpty())
            m_object.insert(QLatin1String(key), list);
    }
    void put(const char* key, const Writer& part)
    {
        if (!part.m_object.isEmpty())
            m_object.insert(QLatin1String(key), part.m_object);
    }
    void put(const char* key, const QJsonObject& object)
    {
        if (!object.isEmpty())
            m_object.insert(QLatin1String(key), object);
    }
    void put(const char* key, const QStringList& texts)
    {
        if (!texts.isEmpty())
            m_object.insert(QLatin1String(key), QJsonArray::fromStringList(texts));
    }
    const QJsonObject& object() const { return m_object; }

private:
    QJsonObject m_object;
};

/// Reads what is there and refuses what cannot be meant.
class Reader {
public:
    Reader(QJsonObject object, QString where)
        : m_object(std::move(object))
        , m_where(std::move(where))
    {
    }

    Reader part(const char* key) const
    {
        const QJsonValue value = m_object.value(QLatin1String(key));
        if (!value.isUndefined() && !value.isObject())
            refuse(key, "an object");
        return {value.toObject(), m_where + QLatin1String(key) + u'.'};
    }
    const QJsonObject& object() const { return m_object; }
    QStringList texts(const char* key) const
    {
        QStringList list;
        const QJsonValue value = m_object.value(QLatin1String(key));
        if (!value.isUndefined() && !value.isArray())
            refuse(key, "a list of texts");
        for (const QJsonValue& each : value.toArray()) {
            if (!each.isString())
                refuse(key, "a list of texts");
            list.append(each.toString());
        }
        return list;
    }
    QString text(const char* key) const
    {
        const QJsonValue value = m_object.value(QLatin1String(key));
        if (!value.isUndefined() && !value.isString())
            refuse(key, "a text");
        return value.toString();
    }
    bool flag(const char* key, bool standard) const
    {
        const QJsonValue value = m_object.value(QLatin1String(key));
        if (!value.isUndefined() && !value.isBool())
            refuse(key, "true or false");
        return value.toBool(standard);
    }
    std::optional<double> number(const char* key) const
    {
        const QJsonValue value = m_object.value(QLatin1String(key));
        if (value.isUndefined())
            return std::nullopt;
        if (!value.isDouble() || !std::isfinite(value.toDouble()))
            refuse(key, "a number");
        return value.toDouble();
    }
    std::optional<int> whole(const char* key) const
    {
        const std::optional<double> found = number(key);
        return found ? std::optional(asWhole(key, *found)) : std::nullopt;
    }
    std::vector<double> numbers(const char* key) const
    {
        std::vector<double> list;
        const QJsonValue value = m_object.value(QLatin1String(key));
        if (!value.isUndefined() && !value.isArray())
            refuse(key, "a list of numbers");
        for (const QJsonValue& each : value.toArray()) {
            if (!each.isDouble())
                refuse(key, "a list of numbers");
            list.push_back(each.toDouble());
        }
        return list;
    }
    std::vector<int> wholes(const char* key) const
    {
        std::vector<int> list;
        for (const double each : numbers(key))
            list.push_back(asWhole(key, each));
        return list;
    }
    template <typename Value>
    std::optional<Value> word(const char* key, const Words<Value>& words) const
    {
        const QString found = text(key);
        if (found.isEmpty())
            return std::nullopt;
        QStringList all;
        for (const auto& [value, word] : words) {
            if (found == QLatin1String(word))
                return value;
            all.append(QString::fromLatin1(word));
        }
        refuse(key, all.join(QStringLiteral(", ")).toStdString());
    }
    [[noreturn]] void refuse(const char* key, const std::string& expected) const
    {
        throw Error("\"" + m_where.toStdString() + key + "\" is not " + expected);
    }

private:
    int asWhole(const char* key, double number) const
    {
        if (number != std::floor(number) || std::abs(number) > 1e9)
            refuse(key, "a whole number");
        return static_cast<int>(number);
    }

    QJsonObject m_object;
    QString m_where;  ///< "place."
};

}  // namespace vitrine
