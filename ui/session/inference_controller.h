// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QThread>

#include <memory>
#include <optional>
#include <stop_token>

#include "ui/session/inference_worker.h"
#include "ui/session/picture_loader.h"
#include "ui/session/result_cache.h"

namespace vitrine {

/// The GUI thread's side of all work: one present model, one present picture, one request at a time. A newer request
/// stops the one before within one block; what an older one still sends is dropped. Destroying it stops, then waits.
class InferenceController : public QObject {
    Q_OBJECT

public:
    explicit InferenceController(EngineFactory factory, QObject* parent = nullptr);
    ~InferenceController() override;

    /// Decodes and runs; the answers carry the returned id. A result that is kept comes without a run, but also later.
    quint64 submit(const PictureSource& source);
    /// Loads another model and runs the present picture through it. When it fails the model before stays.
    void loadModel(const ModelSource& source);
    /// A layer that `trace` left out.
    void requestAttention(std::shared_ptr<const Trace> trace, int layer);
    void requestThumbnail(const PictureSource& source, int size);
    /// Stops loading and running.
    void stop();

    /// Null until the first model is loaded.
    const std::shared_ptr<const LoadedModel>& model() const { return m_model; }
    const PictureSource& picture() const { return m_source; }
    bool busy() const { return m_loading != 0 || m_running != 0; }
    const ResultCache& cache() const { return m_cache; }
    void setRecordOptions(const RecordOptions& options) { m_options = options; }

Q_SIGNALS:
    void imageReady(quint64 id, const vitrine::Image& image);
    void progressed(double fraction, const QString& what);
    void finished(quint64 id, std::shared_ptr<const vitrine::Trace> trace);
    void failed(quint64 id, const QString& message);
    void modelLoaded(std::shared_ptr<const vitrine::LoadedModel> model);
    void modelFailed(const QString& message);
    void attentionReady(std::shared_ptr<const vitrine::Trace> trace, int layer, vitrine::NdArray attention);
    void thumbnailReady(const QString& key, const QImage& image);
    void busyChanged(bool busy);

private:
    void connectWorker();
    void connectLoader();
    void run(quint64 id);
    void end(quint64 id);
    void restart();
    QString resultKey() const;

    QThread m_workerThread, m_loaderThread;
    InferenceWorker* m_worker;
    PictureLoader* m_loader;
    ResultCache m_cache;
    RecordOptions m_options;

    std::shared_ptr<const LoadedModel> m_model;
    PictureSource m_source;
    Image m_image;           ///< of m_source, once it is decoded
    quint64 m_lastId = 0;
    quint64 m_loading = 0;   ///< id of the load under way; 0: none
    quint64 m_running = 0;   ///< id of the picture under way, from submit() to its answer; 0: none
    bool m_runPosted = false;  ///< the worker has the picture under way already
    std::stop_source m_loadStop, m_runStop, m_closing;
};

} // namespace vitrine
