// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/session/inference_controller.h"

#include <utility>

namespace vitrine {

InferenceController::InferenceController(EngineFactory factory, QObject* parent)
    : QObject(parent)
    , m_worker(new InferenceWorker(std::move(factory)))
{
    prepare(m_workerThread);
    m_workerThread.setObjectName(QStringLiteral("inference"));
    m_workerThread.start();
}

InferenceController::InferenceController(InferenceController& host, QObject* parent)
    : QObject(parent)
    , m_worker(new InferenceWorker(host.m_worker.get()))
    , m_isGuest(true)
    , m_model(host.m_model)
{
    prepare(host.m_workerThread);
    connect(&host, &InferenceController::modelLoaded, this,
            [this](const std::shared_ptr<const LoadedModel>& model) { takeModel(0, model); });
}

void InferenceController::prepare(QThread& thread)
{
    qRegisterMetaType<Image>();
    qRegisterMetaType<Decoded>();
    qRegisterMetaType<NdArray>();
    qRegisterMetaType<std::shared_ptr<const Trace>>();
    qRegisterMetaType<std::shared_ptr<const LoadedModel>>();
    qRegisterMetaType<MapRequest>();
    qRegisterMetaType<WhatIf>();
    qRegisterMetaType<Judgement>();
    connectWorker();
    connectLoader();
    m_worker->moveToThread(&thread);
    // Deleted by its own thread as it ends: the engine must die where it was made.
    connect(&thread, &QThread::finished, m_worker, &QObject::deleteLater);
}

InferenceController::~InferenceController()
{
    end(QDeadlineTimer::Forever);
    if (m_isGuest && m_worker)
        m_worker->deleteLater();
}

bool InferenceController::end(QDeadlineTimer deadline)
{
    for (std::stop_source* source : {&m_loadStop, &m_runStop, &m_askStop, &m_changeStop, &m_mapStop})
        source->request_stop();
    m_workerThread.quit();  // a guest has none that runs
    const bool loaderEnded = m_loader.end(deadline);
    return m_workerThread.wait(deadline) && loaderEnded;
}

void InferenceController::post(std::function<void(InferenceWorker&)> work)
{
    QMetaObject::invokeMethod(
        m_worker, [worker = m_worker.get(), work = std::move(work)] { work(*worker); }, Qt::QueuedConnection);
}

void InferenceController::connectWorker()
{
    connect(m_worker, &InferenceWorker::progressed, this, [this](quint64 id, double fraction, const QString& what) {
        if (id == m_loading || id == m_running)
            Q_EMIT progressed(fraction, what);
        else if (id == m_mapping && !m_judging)
            Q_EMIT mapProgressed(fraction, what);
    });
    connect(m_worker, &InferenceWorker::loaded, this, &InferenceController::takeModel);
    connect(m_worker, &InferenceWorker::finished, this, [this](quint64 id, const std::shared_ptr<const Trace>& trace) {
        if (id != m_running)
            return;
        m_cache.insert(m_key, {m_picture, trace});
        finish(trace);
    });
    connect(m_worker, &InferenceWorker::failed, this, &InferenceController::takeFailure);
    connect(m_worker, &InferenceWorker::cancelled, this, &InferenceController::takeCancelled);
    connect(m_worker, &InferenceWorker::attentionComputed, this,
            [this](quint64 id, const std::shared_ptr<const Trace>& trace, int layer, const NdArray& attention) {
                if (id != m_asking)
                    return;
                m_asking = 0;
                Q_EMIT attentionReady(trace, layer, attention);
                tellBusy();
            });
    connect(m_worker, &InferenceWorker::changedComputed, this,
            [this](quint64 id, const std::shared_ptr<const Trace>& base, const WhatIf& change,
                   const std::shared_ptr<const Trace>& changed) {
                if (id != m_changing)
                    return;
                m_changing = 0;
                Q_EMIT changedReady(base, change, changed);
                tellBusy();
            });
    connect(m_worker, &InferenceWorker::judged, this,
            [this](quint64 id, const std::shared_ptr<const Trace>& trace, const Judgement& judgement) {
                if (id != m_mapping)
                    return;
                m_mapping = 0;
                Q_EMIT judged(trace, judgement);
                tellBusy();
            });
    connect(m_worker, &InferenceWorker::mapComputed, this,
            [this](quint64 id, const std::shared_ptr<const Trace>& trace, const MapRequest& request, const NdArray& values) {
                if (id != m_mapping)
                    return;
                m_mapping = 0;
                Q_EMIT mapReady(trace, request, values);
                tellBusy();
            });
}

void InferenceController::connectLoader()
{
    connect(&m_loader, &PictureLoader::decoded, this, &InferenceController::takePicture);
    connect(&m_loader, &PictureLoader::failed, this, [this](quint64 id, const QString& message) {
        if (id != m_running || m_decoded)
            return;
        m_running = 0;
        Q_EMIT failed(id, message);
        // The picture before is still the present one, and this one may have stopped its run.
        restart();
    });
    connect(&m_loader, &PictureLoader::thumbnailReady, this, &InferenceController::thumbnailReady);
}

void InferenceController::takeModel(quint64 id, const std::shared_ptr<const LoadedModel>& model)
{
    if (id == m_loading)
        m_loading = 0;
    if (id == m_running)
        m_runPosted = false;  // the network was made for the picture's shape in place of running it
    // Also when a newer load or a stop came meanwhile: the worker has this engine now, and every run goes through it.
    m_model = model;
    m_hasResult = false;
    m_cache.clear();
    stopAsking();
    Q_EMIT modelLoaded(model);
    restart();
}

void InferenceController::takePicture(quint64 id, const Decoded& picture)
{
    if (id != m_running || m_decoded)
        return;
    m_decoded = true;
    m_source = std::exchange(m_submitted, {});
    m_key = m_source.key();
    m_picture = picture;
    m_hasResult = false;
    Q_EMIT imageReady(id, picture.image);
    // While a model loads the run waits for it: restart() brings the picture.
    if (m_loading == 0 && id == m_running)
        postRun(id);
}

void InferenceController::finish(const std::shared_ptr<const Trace>& trace)
{
    stopAsking();  // it was for a trace that is not shown any more
    m_hasResult = true;
    Q_EMIT finished(std::exchange(m_running, 0), trace);
    tellBusy();
}

void InferenceController::takeFailure(quint64 id, const QString& message)
{
    if (id == m_loading) {
        m_loading = 0;
        Q_EMIT modelFailed(message);
        restart();
    } else if (id == m_running) {
        m_running = 0;
        Q_EMIT failed(id, message);
        tellBusy();
    } else if (id == m_asking) {
        m_asking = 0;
        Q_EMIT attentionFailed(message);
        tellBusy();
    } else if (id == m_changing) {
        m_changing = 0;
        Q_EMIT changedFailed(message);
        tellBusy();
    } else if (id == m_mapping) {
        m_mapping = 0;
        if (m_judging)
            Q_EMIT attentionFailed(message);
        else
            Q_EMIT mapFailed(m_mappedTrace, m_mapped, message);
        tellBusy();
    }
}

void InferenceController::takeCancelled(quint64 id)
{
    for (quint64* const pending : {&m_loading, &m_running, &m_asking, &m_mapping, &m_changing})
        if (id == *pending)
            *pending = 0;
    tellBusy();
}

quint64 InferenceController::begin()
{
    stopAsking();
    m_runStop.request_stop();
    m_runStop = std::stop_source();
    m_runPosted = false;
    m_running = ++m_lastId;
    return m_running;
}

quint64 InferenceController::submit(const PictureSource& source)
{
    const quint64 id = begin();
    m_submitted = source;
    m_decoded = false;
    Q_EMIT busyChanged(true);
    const Result* kept = m_loading == 0 ? m_cache.find(source.key()) : nullptr;
    if (kept)
        deliverKept(id, *kept);
    else
        m_loader.decode(id, source);
    return id;
}

void InferenceController::deliverKept(quint64 id, const Result& kept)
{
    m_loader.stopDecoding();
    QMetaObject::invokeMethod(
        this,
        [this, id, result = kept, model = m_model] {
            if (id != m_running)
                return;
            m_runPosted = m_model == model;  // else the picture has to run through the new one
            takePicture(id, result.picture);
            if (id != m_running || !m_runPosted || m_model != model)
                return;
            finish(result.trace);
        },
        Qt::QueuedConnection);
}

void InferenceController::rerun()
{
    m_decoded = true;
    postRun(begin());
    Q_EMIT busyChanged(true);
}

void InferenceController::postRun(quint64 id)
{
    if (m_runPosted)
        return;
    if (!m_model) {
        m_running = 0;  // the failed load has told why
        tellBusy();
        return;
    }
    m_runPosted = true;
    post([id, image = m_picture.image, stop = m_runStop.get_token()](InferenceWorker& worker) { worker.run(id, image, stop); });
}

void InferenceController::restart()
{
    if (m_loading == 0) {
        if (m_running != 0 && m_decoded)
            postRun(m_running);
        else if (m_running == 0 && m_model && !m_picture.image.empty() && !m_hasResult)
            rerun();
    }
    tellBusy();
}

void InferenceController::loadModel(const ModelSource& source)
{
    m_loadStop.request_stop();
    m_loadStop = std::stop_source();
    stopAsking();
    // A run of the model before would only hold the new one up; the picture is run again once it is there.
    if (m_runPosted && m_running != 0) {
        m_runStop.request_stop();
        m_running = 0;
    }
    const quint64 id = m_loading = ++m_lastId;
    Q_EMIT busyChanged(true);
    post([id, source, stop = m_loadStop.get_token()](InferenceWorker& worker) { worker.load(id, source, stop); });
}

void InferenceController::unload()
{
    stop();
    m_model.reset();
    m_hasResult = false;
    m_cache.clear();
    post([](InferenceWorker& worker) { worker.unload(); });
}

void InferenceController::requestAttention(std::shared_ptr<const Trace> trace, int layer)
{
    stopAsking();
    m_askStop = std::stop_source();
    const quint64 id = m_asking = ++m_lastId;
    Q_EMIT busyChanged(true);
    post([id, trace = std::move(trace), layer, stop = m_askStop.get_token()](InferenceWorker& worker) {
        worker.computeAttention(id, trace, layer, stop);
    });
}

void InferenceController::requestChanged(const std::shared_ptr<const Trace>& base, const WhatIf& change)
{
    m_changeStop.request_stop();
    m_changeStop = std::stop_source();
    const quint64 id = m_changing = ++m_lastId;
    Q_EMIT busyChanged(true);
    post([id, base, change, stop = m_changeStop.get_token()](InferenceWorker& worker) {
        worker.computeChanged(id, base, change, stop);
    });
}

void InferenceController::requestMap(const std::shared_ptr<const Trace>& trace, const MapRequest& request)
{
    if (isMapping(trace, request, false))
        return;
    const quint64 id = beginMapping(trace, request, false);
    post([id, trace, request, stop = m_mapStop.get_token()](InferenceWorker& worker) {
        worker.computeMap(id, trace, request, stop);
    });
}

void InferenceController::requestJudgement(const std::shared_ptr<const Trace>& trace, const MapRequest& request,
                                           const NdArray& map, int of)
{
    if (isMapping(trace, request, true))
        return;
    const quint64 id = beginMapping(trace, request, true);
    post([id, trace, request, map, of, stop = m_mapStop.get_token()](InferenceWorker& worker) {
        worker.judge(id, trace, request, map, of, stop);
    });
}

bool InferenceController::isMapping(const std::shared_ptr<const Trace>& trace, const MapRequest& request, bool judging) const
{
    return m_mapping != 0 && trace == m_mappedTrace && request == m_mapped && judging == m_judging;
}

quint64 InferenceController::beginMapping(const std::shared_ptr<const Trace>& trace, const MapRequest& request, bool judging)
{
    m_mappedTrace = trace;
    m_mapped = request;
    m_judging = judging;
    m_mapStop.request_stop();
    m_mapStop = std::stop_source();
    m_mapping = ++m_lastId;
    Q_EMIT busyChanged(true);
    return m_mapping;
}

void InferenceController::stopAsking()
{
    m_askStop.request_stop();
    m_changeStop.request_stop();
    m_mapStop.request_stop();
    m_asking = m_changing = m_mapping = 0;
}

void InferenceController::stop()
{
    m_loadStop.request_stop();
    m_runStop.request_stop();
    stopAsking();
    m_loader.stopDecoding();
    m_loading = m_running = 0;
    Q_EMIT busyChanged(false);
}

void InferenceController::tellBusy()
{
    if (!busy())
        Q_EMIT busyChanged(false);
}

}  // namespace vitrine
