// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/figure/figure_recipe.h"

#include <cmath>

#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>

#include "core/base/error.h"
#include "ui/figure/recipe.h"

namespace vitrine {

namespace {

constexpr std::array<std::pair<const char*, bool FigureStyle::*>, 5> switches{{{"bar", &FigureStyle::bar},
                                                                               {"grid", &FigureStyle::grid},
                                                                               {"marks", &FigureStyle::marks},
                                                                               {"one_scale", &FigureStyle::oneScale},
                                                                               {"transparent", &FigureStyle::transparent}}};
constexpr std::array<std::pair<const char*, QString FigureStyle::*>, 3> texts{
    {{"title", &FigureStyle::title}, {"labels", &FigureStyle::labels}, {"caption", &FigureStyle::caption}}};

/// What tells whether a model's file is the same; empty for a bundled one and for a folder.
QString markOf(const QString& path)
{
    constexpr qint64 most = 64 << 20;
    const QFileInfo file(path);
    if (!file.isFile())
        return {};
    return file.size() > most ? QStringLiteral("%1 bytes").arg(file.size()) : QString::fromLatin1(hashOfFile(path));
}

QJsonObject toJson(const FigureStyle& style)
{
    QJsonObject to{{QStringLiteral("width"), style.size.millimetres},
                   {QStringLiteral("dpi"), style.size.dpi},
                   {QStringLiteral("font"), style.font}};
    for (const auto& [key, member] : switches)
        to.insert(QLatin1String(key), style.*member);
    for (const auto& [key, member] : texts)
        to.insert(QLatin1String(key), style.*member);
    return to;
}

double numberIn(const QJsonObject& from, const char* key, double standard, double low, double high)
{
    const QJsonValue value = from.value(QLatin1String(key));
    if (value.isUndefined())
        return standard;
    if (!value.isDouble() || !(value.toDouble() >= low && value.toDouble() <= high))
        throw Error("\"" + std::string(key) + "\" is not a number from " + QString::number(low).toStdString() + " to "
                    + QString::number(high).toStdString());
    return value.toDouble();
}

FigureStyle styleFrom(const QJsonObject& from)
{
    FigureStyle style;
    style.size.millimetres = numberIn(from, "width", style.size.millimetres, 10, 2000);
    style.size.dpi = numberIn(from, "dpi", style.size.dpi, 24, 2400);
    style.font = numberIn(from, "font", style.font, 2, 72);
    for (const auto& [key, member] : switches)
        if (const QJsonValue value = from.value(QLatin1String(key)); value.isBool())
            style.*member = value.toBool();
        else if (!value.isUndefined())
            throw Error("\"" + std::string(key) + "\" is not true or false");
    for (const auto& [key, member] : texts)
        if (const QJsonValue value = from.value(QLatin1String(key)); value.isString())
            style.*member = value.toString();
        else if (!value.isUndefined())
            throw Error("\"" + std::string(key) + "\" is not a text");
    return style;
}

void requireSame(const QString& name, const QString& before, const QString& now, const std::string& file)
{
    if (before.isEmpty())
        return;
    if (now.isEmpty())
        throw Error(file + " was made from " + name.toStdString() + ", which is not here; put it back there.");
    if (now != before)
        throw Error(file + " was made from another " + name.toStdString()
                    + " than the one that is here; put that one back, or make the figure anew.");
}

Session panelFrom(const QJsonValue& value, const QString& where, const std::string& file)
{
    Session panel = sessionFrom(value.toObject(), where);
    if (panel.picture.isEmpty())
        throw Error("\"" + where.toStdString() + "picture\" is missing");
    requireSame(panel.picture, QString::fromLatin1(panel.pictureHash), QString::fromLatin1(hashOfFile(panel.picture)), file);
    const QString model = panel.model.nameOrPath;
    requireSame(model, value[QStringLiteral("model_file")].toString(), markOf(model), file);
    if (!panel.comparison)
        return panel;
    const QString picture = panel.comparison->picture;
    requireSame(picture, value[QStringLiteral("beside_picture")].toString(), QString::fromLatin1(hashOfFile(picture)), file);
    if (const auto& other = panel.comparison->model)
        requireSame(other->nameOrPath, value[QStringLiteral("beside_model")].toString(), markOf(other->nameOrPath), file);
    return panel;
}

/// The panel with what tells whether its files are the same; nothing where its picture is no file.
QJsonObject markedJson(Session panel)
{
    panel.pictureHash = hashOfFile(panel.picture);
    if (panel.pictureHash.isEmpty())
        return {};
    QJsonObject json = toJson(panel);
    const auto insert = [&json](const char* key, const QString& mark) {
        if (!mark.isEmpty())
            json.insert(QLatin1String(key), mark);
    };
    insert("model_file", markOf(panel.model.nameOrPath));
    if (!panel.comparison)
        return json;
    insert("beside_picture", QString::fromLatin1(hashOfFile(panel.comparison->picture)));
    if (const auto& other = panel.comparison->model)
        insert("beside_model", markOf(other->nameOrPath));
    return json;
}

}  // namespace

QString toText(const FigureRecipe& recipe)
{
    QJsonArray panels;
    for (const Session& panel : recipe.panels) {
        const QJsonObject json = markedJson(panel);
        if (json.isEmpty())
            return {};
        panels.append(json);
    }
    QJsonObject to = toJson(recipe.style);
    if (!recipe.view.isEmpty())
        to.insert(QStringLiteral("view"), recipe.view);
    to.insert(QStringLiteral("panels"), panels);
    return withKeptSpaces(QString::fromUtf8(QJsonDocument(to).toJson(QJsonDocument::Compact)));
}

bool isOfPanels(const QString& recipe)
{
    return QJsonDocument::fromJson(recipe.toUtf8()).object().contains(QStringLiteral("panels"));
}

FigureRecipe figureRecipeFrom(const QString& text, const std::string& file)
{
    constexpr int mostPanels = 64;
    const QJsonObject from = QJsonDocument::fromJson(text.toUtf8()).object();
    const QJsonArray panels = from.value(QStringLiteral("panels")).toArray();
    FigureRecipe recipe;
    try {
        recipe.style = styleFrom(from);
        if (panels.isEmpty() || panels.size() > mostPanels)
            throw Error("\"panels\" is not a list of 1 to " + std::to_string(mostPanels));
        recipe.view = from.value(QStringLiteral("view")).toString();
        if (!recipe.view.isEmpty() && panels.size() > 1)
            throw Error("the view \"" + recipe.view.toStdString() + "\" has one panel, not several");
        for (int i = 0; i < panels.size(); ++i)
            recipe.panels.push_back(panelFrom(panels[i], QStringLiteral("panels[%1].").arg(i), file));
    } catch (const Error& error) {
        const std::string what = error.what();
        throw Error(what.starts_with(file)
                        ? what
                        : file + " does not say in a way that can be understood how it was made: " + what + ".");
    }
    return recipe;
}

}  // namespace vitrine
