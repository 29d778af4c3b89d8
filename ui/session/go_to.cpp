// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/session/go_to.h"

#include <QCoreApplication>
#include <QRegularExpression>
#include <QStringList>

#include "core/base/error.h"

namespace vitrine {

namespace {

[[noreturn]] void fail(const QString& sentence)
{
    throw Error(sentence.toStdString());
}

/// Reads a line word by word.
class LineReader {
    Q_DECLARE_TR_FUNCTIONS(vitrine::GoTo)

public:
    LineReader(const QString& line, const Place& place, const ModelSpec& spec)
        : m_place(place)
        , m_spec(spec)
    {
        // "l5", "patch6,9" and "6, 9" are words and numbers as well.
        static const QRegularExpression word(QStringLiteral("[A-Za-z]+|\\d+|[^\\sA-Za-z\\d,;:.]+"));
        // A class's name may hold anything: it goes to the end of the line.
        static const QRegularExpression className(QStringLiteral("\\bclass\\s+(?!\\d+\\b)(.+)$"),
                                                  QRegularExpression::CaseInsensitiveOption);
        QString rest = line;
        const QRegularExpressionMatch named = className.match(line);
        if (named.hasMatch()) {
            m_className = named.captured(1).trimmed();
            rest = line.left(named.capturedStart());
        }
        for (auto match = word.globalMatch(rest); match.hasNext();)
            m_words << match.next().captured().toLower();
    }

    Place read()
    {
        if (m_words.isEmpty() && m_className.isEmpty())
            fail(tr("Type where to go, for example \"layer 5 head 2 patch 6,9\"."));
        while (m_at < m_words.size())
            readOne(m_words[m_at++]);
        if (!m_className.isEmpty())
            m_place.chosenClass = classNamed(m_className);
        return m_place;
    }

private:
    void readOne(const QString& word)
    {
        if (word == u"layer" || word == u"l" || word == u"block")
            m_place.layer = numberOrLast(tr("layer"), m_spec.layers);
        else if (word == u"head" || word == u"h")
            readHead();
        else if (word == u"mean" || word == u"max" || word == u"min")
            m_place.heads = {fusionNamed(word), m_place.heads.head, {}};
        else if (word == u"patch" || word == u"p")
            readPatch();
        else if (word == u"cls" || word == u"distillation" || word == u"register" || word == u"r")
            readPrefix(word);
        else if (word == u"token" || word == u"t")
            m_place.pinned = number(tr("token"), m_spec.tokens());
        else if (word == u"class")
            m_place.chosenClass = number(tr("class"), m_spec.classes);
        else if (word == u"looks" || word == u"looked")
            readDirection(word);
        else
            fail(tr("\"%1\" is not understood; say layer, head, mean, patch, cls, register, token, class or looks at.")
                     .arg(word));
    }

    int number(const QString& what, int count)
    {
        bool isNumber = false;
        const int value = m_at < m_words.size() ? m_words[m_at].toInt(&isNumber) : 0;
        if (!isNumber)
            fail(tr("A number is missing behind \"%1\".").arg(what));
        ++m_at;
        if (count == 0)
            fail(tr("This model has no %1.").arg(what));
        if (value < 0 || value >= count)
            fail(tr("There is no %1 %2: this model has %3, 0 to %4.").arg(what).arg(value).arg(count).arg(count - 1));
        return value;
    }

    int numberOrLast(const QString& what, int count)
    {
        if (m_at < m_words.size() && m_words[m_at] == u"last") {
            ++m_at;
            return count - 1;
        }
        return number(what, count);
    }

    static HeadFusion fusionNamed(const QString& word)
    {
        return word == u"max" ? HeadFusion::Max : word == u"min" ? HeadFusion::Min : HeadFusion::Mean;
    }

    void readHead()
    {
        if (m_at < m_words.size() && (m_words[m_at] == u"mean" || m_words[m_at] == u"max" || m_words[m_at] == u"min"))
            return;  // the next word says it
        m_place.heads = {HeadFusion::Single, numberOrLast(tr("head"), m_spec.heads), {}};
    }

    void readPatch()
    {
        const int row = number(tr("patch row"), m_spec.gridHeight());
        const int column = number(tr("patch column"), m_spec.gridWidth());
        m_place.pinned = m_spec.prefixTokens() + row * m_spec.gridWidth() + column;
    }

    void readPrefix(const QString& word)
    {
        const int cls = m_spec.cls ? 1 : 0, distillation = m_spec.distillation ? 1 : 0;
        if (word == u"cls") {
            if (!m_spec.cls)
                fail(tr("This model has no CLS token."));
            m_place.pinned.reset();  // CLS is where one is with nothing pinned
        } else if (word == u"distillation") {
            if (!m_spec.distillation)
                fail(tr("This model has no distillation token."));
            m_place.pinned = cls;
        } else {
            m_place.pinned = cls + distillation + number(tr("register"), m_spec.registers);
        }
    }

    void readDirection(const QString& word)
    {
        m_place.direction = word == u"looks" ? Direction::LooksAt : Direction::LookedAtBy;
        for (const char* follower : {"at", "by"})
            if (m_at < m_words.size() && m_words[m_at] == QLatin1String(follower))
                ++m_at;
    }

    int classNamed(const QString& name) const
    {
        std::optional<int> found;
        for (int index = 0; index < m_spec.classes; ++index) {
            const QString label = QString::fromStdString(m_spec.label(index));
            if (label.compare(name, Qt::CaseInsensitive) == 0)
                return index;
            if (!found && label.contains(name, Qt::CaseInsensitive))
                found = index;
        }
        if (!found)
            fail(tr("No class is called \"%1\".").arg(name));
        return *found;
    }

    Place m_place;
    const ModelSpec& m_spec;
    QStringList m_words;
    QString m_className;
    qsizetype m_at = 0;
};

}  // namespace

Place parsePlace(const QString& line, const Place& place, const ModelSpec& spec)
{
    return LineReader(line, place, spec).read();
}

QString describe(const Place& place, const ModelSpec& spec)
{
    const auto translate = [](const char* text) { return QCoreApplication::translate("vitrine::GoTo", text); };
    QStringList parts;
    parts << translate("layer %1").arg(place.layer) << QString::fromStdString(toString(place.heads))
          << QString::fromStdString(spec.tokenName(place.pinned.value_or(0)))
          << (place.direction == Direction::LooksAt ? translate("looks at") : translate("looked at by"));
    if (place.chosenClass)
        parts << translate("class \"%1\"").arg(QString::fromStdString(spec.label(*place.chosenClass)));
    return parts.join(QStringLiteral(", "));
}

}  // namespace vitrine
