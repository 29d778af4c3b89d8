// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/session/session_file.h"

#include <QCryptographicHash>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QSaveFile>

#include <algorithm>
#include <array>
#include <cmath>

#include "core/base/error.h"
#include "ui/picture/file_name.h"
#include "ui/session/json_fields.h"

namespace vitrine {

namespace {

constexpr int version = 1;
constexpr qint64 mostBytes = 1 << 20;

constexpr Words<HeadFusion> fusions{
    {HeadFusion::Single, "single"}, {HeadFusion::Mean, "mean"}, {HeadFusion::Max, "max"}, {HeadFusion::Min, "min"}};
constexpr Words<Direction> directions{{Direction::LooksAt, "looks-at"}, {Direction::LookedAtBy, "looked-at-by"}};
constexpr Words<TokenMap> tokenMaps{{TokenMap::Attention, "attention"},
                                    {TokenMap::Similarity, "similarity"},
                                    {TokenMap::Norm, "norm"},
                                    {TokenMap::Components, "components"},
                                    {TokenMap::Pooling, "pooling"}};
constexpr Words<Precision> precisions{
    {Precision::Float32, "float32"}, {Precision::BFloat16, "bfloat16"}, {Precision::Float16, "float16"}};
constexpr Words<Activation> activations{
    {Activation::Gelu, "gelu"}, {Activation::GeluTanh, "gelu_tanh"}, {Activation::QuickGelu, "quick_gelu"}};
constexpr Words<Pool> pools{
    {Pool::Cls, "cls"}, {Pool::Mean, "mean"}, {Pool::ClsMean, "cls+mean"}, {Pool::Attention, "attention"}};
constexpr Words<Interpolation> interpolations{{Interpolation::Bilinear, "bilinear"}, {Interpolation::Bicubic, "bicubic"}};
constexpr Words<Fit> fits{{Fit::Crop, "crop"}, {Fit::Squash, "squash"}, {Fit::Letterbox, "letterbox"}};
constexpr Words<Baseline> baselines{{Baseline::Zero, "zero"}, {Baseline::Mean, "mean"}, {Baseline::Blur, "blur"}};

Writer written(const ModelSource& source)
{
    const ModelOverrides& said = source.overrides;
    Writer to;
    to.put("source", source.nameOrPath);
    to.put("heads", said.heads);
    to.put("inner_heads", said.innerHeads);
    to.put("activation", said.activation, activations);
    to.put("pool", said.pool, pools);
    to.put("prefix", said.prefix ? QString::fromStdString(*said.prefix) : QString());
    if (said.trainedHeight && said.trainedWidth)
        to.putAll("trained_size", std::array{*said.trainedHeight, *said.trainedWidth});
    if (said.imageHeight && said.imageWidth)
        to.putAll("image_size", std::array{*said.imageHeight, *said.imageWidth});
    if (said.mean)
        to.putAll("mean", *said.mean);
    if (said.deviation)
        to.putAll("std", *said.deviation);
    if (said.cropFraction)
        to.put("crop_pct", *said.cropFraction);
    to.put("interpolation", said.interpolation, interpolations);
    to.put("fit", said.fit, fits);
    to.put("labels", said.labels ? fromPath(*said.labels) : QString());
    to.put("device", QString::fromStdString(source.options.device));
    to.put("threads", double(source.options.threads));
    to.put("precision", std::optional(source.options.precision), precisions);
    return to;
}

template <std::size_t count, typename Value>
std::optional<std::array<Value, count>> several(const Reader& from, const char* key)
{
    const std::vector<double> list = from.numbers(key);
    if (list.empty())
        return std::nullopt;
    if (list.size() != count)
        from.refuse(key, std::to_string(count) + " numbers");
    std::array<Value, count> result{};
    std::ranges::transform(list, result.begin(), [](double each) { return static_cast<Value>(each); });
    return result;
}

ModelSource modelFrom(const Reader& from)
{
    ModelSource source;
    ModelOverrides& said = source.overrides;
    source.nameOrPath = from.text("source");
    if (source.nameOrPath.isEmpty())
        from.refuse("source", "there: the session does not say which model it was made with");
    said.heads = from.whole("heads");
    said.innerHeads = from.whole("inner_heads");
    said.activation = from.word("activation", activations);
    said.pool = from.word("pool", pools);
    if (const QString prefix = from.text("prefix"); !prefix.isEmpty())
        said.prefix = prefix.toStdString();
    if (const auto size = several<2, int>(from, "trained_size"))
        std::tie(said.trainedHeight, said.trainedWidth) = std::pair((*size)[0], (*size)[1]);
    if (const auto size = several<2, int>(from, "image_size"))
        std::tie(said.imageHeight, said.imageWidth) = std::pair((*size)[0], (*size)[1]);
    said.mean = several<3, float>(from, "mean");
    said.deviation = several<3, float>(from, "std");
    said.cropFraction = from.number("crop_pct");
    said.interpolation = from.word("interpolation", interpolations);
    said.fit = from.word("fit", fits);
    if (const QString labels = from.text("labels"); !labels.isEmpty())
        said.labels = toPath(labels);
    if (const QString device = from.text("device"); !device.isEmpty())
        source.options.device = device.toStdString();
    source.options.threads = from.whole("threads").value_or(0);
    source.options.precision = from.word("precision", precisions).value_or(Precision::Float32);
    return source;
}

Writer written(const Place& place)
{
    Writer to, change;
    to.put("layer", double(place.layer));
    to.put("heads", std::optional(place.heads.fusion), fusions);
    to.put("head", double(place.heads.head));
    to.putAll("of_heads", place.heads.subset);
    to.put("token", place.pinned);
    to.put("direction", std::optional(place.direction), directions);
    to.put("class", place.chosenClass);
    to.put("against", place.against);
    to.put("method", place.method ? QString::fromUtf8(place.method->id) : QString());
    to.put("shows", std::optional(place.tokenMap), tokenMaps);
    change.putAll("patches", place.change.erased);
    change.put("with", place.change.with ? QString::fromStdString(toString(*place.change.with)) : QStringLiteral("mask"));
    std::vector<int> off;
    for (const LayerHead& head : place.change.headsOff)
        off.insert(off.end(), {head.layer, head.head});
    change.putAll("heads_off", off);
    to.put("erased", change);
    return to;
}

Place placeFrom(const Reader& from)
{
    Place place;
    place.layer = from.whole("layer").value_or(0);
    place.heads = {from.word("heads", fusions).value_or(HeadFusion::Mean), from.whole("head").value_or(0),
                   from.wholes("of_heads")};
    place.pinned = from.whole("token");
    place.direction = from.word("direction", directions).value_or(Direction::LooksAt);
    place.chosenClass = from.whole("class");
    place.against = from.whole("against");
    if (const QString method = from.text("method"); !method.isEmpty())
        place.method = &findMethod(method.toStdString());
    place.tokenMap = from.word("shows", tokenMaps).value_or(TokenMap::Attention);
    const Reader erased = from.part("erased");
    place.change.erased = erased.wholes("patches");
    std::ranges::sort(place.change.erased);
    place.change.with = erased.text("with") == QStringLiteral("mask") ? std::nullopt : erased.word("with", baselines);
    const std::vector<int> off = erased.wholes("heads_off");
    if (off.size() % 2 != 0)
        erased.refuse("heads_off", "pairs of a layer and a head");
    for (std::size_t i = 0; i < off.size(); i += 2)
        place.change.headsOff.push_back({off[i], off[i + 1]});
    return place;
}

constexpr std::array<std::pair<const char*, bool DisplaySettings::*>, 7> switches{
    {{"map", &DisplaySettings::heatmap},
     {"by_value", &DisplaySettings::byValue},
     {"smooth", &DisplaySettings::smooth},
     {"grid", &DisplaySettings::grid},
     {"shared_scale", &DisplaySettings::sharedScale},
     {"logarithmic", &DisplaySettings::logarithmic},
     {"ignore_outliers", &DisplaySettings::ignoreOutliers}}};

Writer written(const DisplaySettings& display)
{
    Writer to;
    to.put("colours", toString(display.colours));
    to.put("opacity", display.opacity);
    to.put("mass", display.mass);
    for (const auto& [key, member] : switches)
        to.put(key, display.*member);
    if (display.range)
        to.putAll("range", std::array{display.range->low, display.range->high});
    return to;
}

DisplaySettings displayFrom(const Reader& from)
{
    DisplaySettings display;
    if (const QString name = from.text("colours"); !name.isEmpty()) {
        const std::optional<ColourMap> colours = colourMapFromString(name);
        if (!colours)
            from.refuse("colours", "a colour map");
        display.colours = *colours;
    }
    display.opacity = std::clamp(from.number("opacity").value_or(display.opacity), 0.0, 1.0);
    display.mass = std::clamp(from.number("mass").value_or(1), 0.0, 1.0);
    for (const auto& [key, member] : switches)
        display.*member = from.flag(key, display.*member);
    if (const auto range = several<2, float>(from, "range")) {
        if (!((*range)[0] < (*range)[1]))
            from.refuse("range", "a smaller and a larger number");
        display.range = ValueRange{(*range)[0], (*range)[1]};
    }
    return display;
}

Writer written(const Comparison& comparison)
{
    Writer to;
    if (comparison.model)
        to.put("model", written(*comparison.model));
    to.put("picture", comparison.picture);
    to.put("place", written(comparison.place));
    to.put("linked", comparison.linked);
    to.put("one_scale", comparison.oneScale);
    to.put("difference", comparison.difference);
    return to;
}

std::optional<Comparison> comparisonFrom(const Reader& from)
{
    if (from.object().isEmpty())
        return std::nullopt;
    Comparison comparison;
    if (const Reader model = from.part("model"); !model.object().isEmpty())
        comparison.model = modelFrom(model);
    comparison.picture = from.text("picture");
    comparison.place = placeFrom(from.part("place"));
    comparison.linked = from.flag("linked", true);
    comparison.oneScale = from.flag("one_scale", true);
    comparison.difference = from.flag("difference", false);
    return comparison;
}

Writer written(const Session& session)
{
    Writer to, picture;
    if (!session.picture.isEmpty()) {
        picture.put("path", session.picture);
        picture.put("sha256", QString::fromLatin1(session.pictureHash));
    }
    to.put("picture", picture);
    to.put("model", written(session.model));
    to.put("place", written(session.place));
    to.put("display", written(session.display));
    to.put("pictures", session.pictures);
    if (session.comparison)
        to.put("beside", written(*session.comparison));
    to.put("window", session.window);
    return to;
}

Session sessionFrom(const Reader& from)
{
    Session session;
    const Reader picture = from.part("picture");
    session.picture = picture.text("path");
    session.pictureHash = picture.text("sha256").toLatin1();
    session.model = modelFrom(from.part("model"));
    session.place = placeFrom(from.part("place"));
    session.display = displayFrom(from.part("display"));
    session.pictures = from.texts("pictures");
    session.comparison = comparisonFrom(from.part("beside"));
    session.window = from.part("window").object();
    return session;
}

/// Changes every path of a session; `model` is told those that may be names as well.
template <typename Picture, typename Model>
void changePaths(Session& session, Picture picture, Model model)
{
    std::vector<QString*> pictures{&session.picture}, models{&session.model.nameOrPath};
    for (QString& each : session.pictures)
        pictures.push_back(&each);
    if (session.comparison)
        pictures.push_back(&session.comparison->picture);
    if (session.comparison && session.comparison->model)
        models.push_back(&session.comparison->model->nameOrPath);
    for (QString* each : pictures)
        *each = each->isEmpty() ? QString() : picture(*each);
    for (QString* each : models)
        *each = model(*each);
}

QString withinFolder(const QString& path, const QDir& folder)
{
    const QString relative = folder.relativeFilePath(path);
    return relative.startsWith(QStringLiteral("../")) ? path : relative;
}

}  // namespace

QByteArray hashOfFile(const QString& path)
{
    QFile file(path);
    QCryptographicHash hash(QCryptographicHash::Sha256);
    return !path.isEmpty() && file.open(QIODevice::ReadOnly) && hash.addData(&file) ? hash.result().toHex() : QByteArray();
}

QJsonObject toJson(const Session& session)
{
    return written(session).object();
}

Session sessionFrom(const QJsonObject& object, const QString& where)
{
    return sessionFrom(Reader(object, where));
}

void saveSession(const Session& session, const QString& path)
{
    const QDir folder = QFileInfo(path).absoluteDir();
    Session beside = session;
    changePaths(
        beside, [&](const QString& each) { return withinFolder(each, folder); },
        [&](const QString& each) {
            return QFileInfo::exists(each) ? withinFolder(QFileInfo(each).absoluteFilePath(), folder) : each;
        });
    Writer to = written(beside);
    to.put("vitrine", double(version));
    QSaveFile file(path);
    const QByteArray text = QJsonDocument(to.object()).toJson();
    if (!file.open(QIODevice::WriteOnly) || file.write(text) != text.size() || !file.commit())
        throw Error("Cannot write " + path.toStdString() + ": " + file.errorString().toStdString() + ".");
}

Session openSession(const QString& path)
{
    const std::string name = path.toStdString();
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        throw Error("Cannot read " + name + ": " + file.errorString().toStdString() + ".");
    QJsonParseError problem;
    const QJsonDocument document = file.size() > mostBytes ? QJsonDocument()
                                                           : QJsonDocument::fromJson(file.readAll(), &problem);
    if (!document.isObject())
        throw Error(name + " is no session of Vitrine: it is not JSON that a session could be.");
    const Reader from(document.object(), {});
    try {
        const std::optional<int> made = from.whole("vitrine");
        if (!made)
            throw Error("it has no \"vitrine\", which every session has");
        if (*made > version)
            throw Error("it was saved by a newer Vitrine (version " + std::to_string(*made) + " of the format); take that one");
        const QDir folder = QFileInfo(path).absoluteDir();
        Session session = sessionFrom(from);
        const auto whole = [&](const QString& each) { return QDir::cleanPath(folder.absoluteFilePath(each)); };
        changePaths(session, whole, [&](const QString& each) { return QFileInfo::exists(whole(each)) ? whole(each) : each; });
        return session;
    } catch (const Error& error) {
        throw Error(name + " cannot be opened as a session: " + error.what() + ".");
    }
}

}  // namespace vitrine
