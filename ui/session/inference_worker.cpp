// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/session/inference_worker.h"

#include <array>
#include <exception>
#include <new>
#include <utility>

#include "ui/picture/file_name.h"

namespace vitrine {

namespace {

QString text(const std::optional<int>& value)
{
    return value ? QString::number(*value) : QString();
}

}  // namespace

QString ModelSource::key() const
{
    QStringList parts{nameOrPath,
                      text(overrides.heads),
                      text(overrides.innerHeads),
                      text(overrides.trainedHeight),
                      text(overrides.trainedWidth),
                      text(overrides.imageHeight),
                      text(overrides.imageWidth),
                      QString::fromStdString(options.device),
                      QString::number(options.threads),
                      QString::number(static_cast<int>(options.precision)),
                      QString::number(options.attentionBudget)};
    for (const auto& triple : {overrides.mean, overrides.deviation})
        for (const float value : triple.value_or(std::array<float, 3>{}))
            parts.append(triple ? QString::number(value, 'g', 9) : QString());
    parts.append(overrides.cropFraction ? QString::number(*overrides.cropFraction, 'g', 12) : QString());
    parts.append(overrides.interpolation ? QString::number(static_cast<int>(*overrides.interpolation)) : QString());
    parts.append(overrides.fit ? QString::number(static_cast<int>(*overrides.fit)) : QString());
    parts.append(overrides.activation ? QString::number(static_cast<int>(*overrides.activation)) : QString());
    parts.append(overrides.pool ? QString::number(static_cast<int>(*overrides.pool)) : QString());
    parts.append(overrides.prefix ? QString::fromStdString(*overrides.prefix) : QString());
    parts.append(overrides.labels ? fromPath(*overrides.labels) : QString());
    return parts.join(u'|');
}

InferenceWorker::InferenceWorker(EngineFactory factory)
    : m_factory(std::move(factory))
{
}

InferenceWorker::InferenceWorker(const InferenceWorker* host)
    : m_host(host)
{
}

InferenceWorker::~InferenceWorker() = default;

Engine& InferenceWorker::engineOf(const Trace& trace) const
{
    if (!engine() || engine()->model() != trace.model)
        throw Cancelled();
    return *engine();
}

void InferenceWorker::guarded(quint64 id, const std::function<void()>& work)
{
    try {
        work();
    } catch (const Cancelled&) {
        Q_EMIT cancelled(id);
    } catch (const std::bad_alloc&) {
        Q_EMIT failed(id, tr("There is not enough memory for this: take a smaller model or picture size."));
    } catch (const std::exception& error) {
        Q_EMIT failed(id, QString::fromUtf8(error.what()));
    }
}

Progress InferenceWorker::progressOf(quint64 id)
{
    return [this, id](double fraction, std::string_view what) {
        Q_EMIT progressed(id, fraction, QString::fromUtf8(what.data(), static_cast<qsizetype>(what.size())));
    };
}

void InferenceWorker::load(quint64 id, const ModelSource& source, const std::stop_token& stop)
{
    guarded(id, [&] { take(id, source, nullptr, stop); });
}

void InferenceWorker::take(quint64 id, const ModelSource& source, const Image* picture, const std::stop_token& stop)
{
    throwIfStopped(stop);
    ModelSource shaped = source;
    if (picture != nullptr) {
        shaped.overrides.pictureHeight = picture->height();
        shaped.overrides.pictureWidth = picture->width();
    }
    std::unique_ptr<Engine> engine = m_factory(shaped, progressOf(id), stop);
    auto model = std::make_shared<LoadedModel>();
    model->source = source;
    model->spec = engine->model();
    model->positions = engine->positions();
    model->device = QString::fromStdString(engine->device());
    model->deviceId = QString::fromStdString(engine->deviceId());
    model->precision = engine->precision();
    throwIfStopped(stop);
    m_engine = std::move(engine);
    m_source = source;
    Q_EMIT loaded(id, model);
}

void InferenceWorker::run(quint64 id, const Image& picture, const std::stop_token& stop)
{
    guarded(id, [&] {
        throwIfStopped(stop);
        if (!engine())
            throw Error("No model is loaded: choose one in the Model menu, or open a checkpoint with File > Open a model.");
        if (wantsAnotherShape(picture, *engine()->model())) {
            if (m_host)
                throw Error("This network is made for the shape of each picture, and is at work on one of another shape.");
            take(id, ModelSource(m_source), &picture, stop);
            return;
        }
        const std::array<PreparedImage, 1> pictures{prepare(picture, *engine()->model())};
        const auto traces = engine()->run(pictures, {}, stop, progressOf(id));
        throwIfStopped(stop);
        Q_EMIT finished(id, traces.front());
    });
}

void InferenceWorker::computeAttention(quint64 id, const std::shared_ptr<const Trace>& trace, int layer,
                                       const std::stop_token& stop)
{
    guarded(id, [&] {
        Engine& engine = engineOf(*trace);
        const NdArray attention = engine.attention(*trace, layer, stop);
        throwIfStopped(stop);
        Q_EMIT attentionComputed(id, trace, layer, attention);
    });
}

void InferenceWorker::computeMap(quint64 id, const std::shared_ptr<const Trace>& trace, const MapRequest& request,
                                 const std::stop_token& stop)
{
    guarded(id, [&] {
        Engine& engine = engineOf(*trace);
        const NdArray values = vitrine::computeMap(*request.method, engine, *trace, request.query(), stop, progressOf(id));
        throwIfStopped(stop);
        Q_EMIT mapComputed(id, trace, request, values);
    });
}

void InferenceWorker::computeChanged(quint64 id, const std::shared_ptr<const Trace>& base, const WhatIf& change,
                                     const std::stop_token& stop)
{
    guarded(id, [&] {
        Engine& engine = engineOf(*base);
        const auto changed = changedPass(engine, base, change, {}, stop, progressOf(id));
        throwIfStopped(stop);
        Q_EMIT changedComputed(id, base, change, changed);
    });
}

void InferenceWorker::judge(quint64 id, const std::shared_ptr<const Trace>& trace, const MapRequest& request,
                            const NdArray& map, int of, const std::stop_token& stop)
{
    constexpr int steps = 20;
    guarded(id, [&] {
        Engine& engine = engineOf(*trace);
        const Faithfulness measured
            = FaithfulnessMeter(engine, trace->picture, of, {.steps = steps}).measure(map, stop, progressOf(id));
        throwIfStopped(stop);
        Q_EMIT judged(id, trace, {request, of, measured});
    });
}

}  // namespace vitrine
