// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/session/inference_controller.h"

#include <utility>

namespace vitrine {

InferenceController::InferenceController(EngineFactory factory, QObject* parent)
    : QObject(parent)
    , m_worker(new InferenceWorker(std::move(factory)))
    , m_loader(new PictureLoader)
{
    qRegisterMetaType<Image>();
    qRegisterMetaType<NdArray>();
    qRegisterMetaType<std::shared_ptr<const Trace>>();
    qRegisterMetaType<std::shared_ptr<const LoadedModel>>();
    connectWorker();
    connectLoader();
    const auto start = [](QThread& thread, QObject* object, const QString& name) {
        thread.setObjectName(name);
        object->moveToThread(&thread);
        // Deleted by their own thread as it ends: the engine must die where it was made.
        connect(&thread, &QThread::finished, object, &QObject::deleteLater);
        thread.start();
    };
    start(m_workerThread, m_worker, QStringLiteral("inference"));
    start(m_loaderThread, m_loader, QStringLiteral("pictures"));
}

InferenceController::~InferenceController()
{
    m_closing.request_stop();
    m_loadStop.request_stop();
    m_runStop.request_stop();
    for (QThread* thread : {&m_workerThread, &m_loaderThread})
        thread->quit();
    for (QThread* thread : {&m_workerThread, &m_loaderThread})
        thread->wait();
}

void InferenceController::connectWorker()
{
    connect(m_worker, &InferenceWorker::progressed, this, [this](quint64 id, double fraction, const QString& what) {
        if (id == m_loading || id == m_running)
            Q_EMIT progressed(fraction, what);
    });
    connect(m_worker, &InferenceWorker::loaded, this, [this](quint64 id, const std::shared_ptr<const LoadedModel>& model) {
        if (id != m_loading)
            return;
        m_loading = 0;
        m_model = model;
        Q_EMIT modelLoaded(model);
        restart();
    });
    connect(m_worker, &InferenceWorker::finished, this, [this](quint64 id, const std::shared_ptr<const Trace>& trace) {
        if (id != m_running)
            return;
        m_cache.insert(resultKey(), {m_image, trace});
        end(id);
        Q_EMIT finished(id, trace);
    });
    connect(m_worker, &InferenceWorker::failed, this, [this](quint64 id, const QString& message) {
        if (id == m_loading && id != 0) {
            m_loading = 0;
            Q_EMIT modelFailed(message);
            restart();
        } else if (id == m_running) {
            end(id);
            Q_EMIT failed(id, message);
        }
    });
    connect(m_worker, &InferenceWorker::cancelled, this, [this](quint64 id) {
        if (id == m_loading)
            m_loading = 0;
        end(id);
    });
    connect(m_worker, &InferenceWorker::attentionComputed, this, &InferenceController::attentionReady);
}

void InferenceController::connectLoader()
{
    connect(m_loader, &PictureLoader::decoded, this, [this](quint64 id, const Image& image) {
        if (id != m_running)
            return;
        m_image = image;
        Q_EMIT imageReady(id, image);
        // While a model loads the run waits for it: restart() brings the picture.
        if (m_loading == 0 && id == m_running)
            run(id);
    });
    connect(m_loader, &PictureLoader::failed, this, [this](quint64 id, const QString& message) {
        if (id != m_running)
            return;
        m_source = {};
        end(id);
        Q_EMIT failed(id, message);
    });
    connect(m_loader, &PictureLoader::thumbnailReady, this, &InferenceController::thumbnailReady);
}

quint64 InferenceController::submit(const PictureSource& source)
{
    m_runStop.request_stop();
    m_runStop = std::stop_source();
    m_source = source;
    m_image = {};
    m_runPosted = false;
    const quint64 id = m_running = ++m_lastId;
    Q_EMIT busyChanged(true);
    const Result* kept = m_loading == 0 ? m_cache.find(resultKey()) : nullptr;
    if (kept) {
        QMetaObject::invokeMethod(
            this,
            [this, id, result = *kept] {
                if (id != m_running)
                    return;
                m_image = result.picture;
                Q_EMIT imageReady(id, result.picture);
                end(id);
                Q_EMIT finished(id, result.trace);
            },
            Qt::QueuedConnection);
        return id;
    }
    QMetaObject::invokeMethod(
        m_loader, [loader = m_loader, id, source, stop = m_runStop.get_token()] { loader->decode(id, source, stop); },
        Qt::QueuedConnection);
    return id;
}

void InferenceController::run(quint64 id)
{
    if (!m_model) {
        end(id);
        return;  // the failed load has told why
    }
    m_runPosted = true;
    QMetaObject::invokeMethod(
        m_worker,
        [worker = m_worker, id, image = m_image, options = m_options, stop = m_runStop.get_token()] {
            worker->run(id, image, options, stop);
        },
        Qt::QueuedConnection);
}

void InferenceController::restart()
{
    if (m_running != 0 && !m_runPosted) {
        if (!m_image.empty())
            run(m_running);
    } else if (m_model && !m_source.isNull() && m_running == 0) {
        submit(m_source);
    }
    if (!busy())
        Q_EMIT busyChanged(false);
}

void InferenceController::loadModel(const ModelSource& source)
{
    m_loadStop.request_stop();
    m_loadStop = std::stop_source();
    // A run of the model before would only hold the new one up; the picture is run again once it is there.
    if (m_runPosted && m_running != 0) {
        m_runStop.request_stop();
        m_running = 0;
    }
    const quint64 id = m_loading = ++m_lastId;
    Q_EMIT busyChanged(true);
    QMetaObject::invokeMethod(
        m_worker, [worker = m_worker, id, source, stop = m_loadStop.get_token()] { worker->load(id, source, stop); },
        Qt::QueuedConnection);
}

void InferenceController::requestAttention(std::shared_ptr<const Trace> trace, int layer)
{
    QMetaObject::invokeMethod(
        m_worker, [worker = m_worker, trace = std::move(trace), layer] { worker->computeAttention(trace, layer); },
        Qt::QueuedConnection);
}

void InferenceController::requestThumbnail(const PictureSource& source, int size)
{
    QMetaObject::invokeMethod(
        m_loader,
        [loader = m_loader, source, key = source.key(), size, stop = m_closing.get_token()] {
            loader->makeThumbnail(source, key, size, stop);
        },
        Qt::QueuedConnection);
}

void InferenceController::stop()
{
    m_loadStop.request_stop();
    m_runStop.request_stop();
    m_loading = 0;
    if (m_running != 0)
        end(m_running);
    else
        Q_EMIT busyChanged(false);
}

void InferenceController::end(quint64 id)
{
    if (id == m_running)
        m_running = 0;
    if (!busy())
        Q_EMIT busyChanged(false);
}

QString InferenceController::resultKey() const
{
    return (m_model ? m_model->source.key() : QString()) + u'\n' + m_source.key();
}

} // namespace vitrine
