// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDeadlineTimer>
#include <QObject>
#include <QPointer>
#include <QThread>

#include <memory>
#include <optional>
#include <stop_token>

#include "ui/session/inference_worker.h"
#include "ui/session/picture_loader.h"
#include "ui/session/result_cache.h"

namespace vitrine {

/// The GUI thread's side of all work: one present model, one present picture, one request of a kind at a time. A newer
/// request stops the one before within one block; what an older one still sends is dropped, except that a model which
/// was loaded is the present one, whoever asked for it. A shown picture goes before an asked layer, and thumbnails last.
class InferenceController : public QObject {
    Q_OBJECT

public:
    explicit InferenceController(EngineFactory factory, QObject* parent = nullptr);
    /// A guest of another controller: another picture, the same loaded model, whichever that is, on the same thread. It loads
    /// none itself and ends with its host.
    explicit InferenceController(InferenceController& host, QObject* parent = nullptr);
    /// Stops, then waits.
    ~InferenceController() override;

    /// Decodes and runs; the answers carry the returned id. A result that is kept comes without a run, but also later.
    quint64 submit(const PictureSource& source);
    /// Loads another model and runs the present picture through it. When it fails the model before stays.
    void loadModel(const ModelSource& source);
    /// Gives the model up, and what was asked of it.
    void unload();
    /// A layer that `trace` left out, instead of one that was asked for before.
    void requestAttention(std::shared_ptr<const Trace> trace, int layer);
    /// The pass with changes, instead of one that was asked for before.
    void requestChanged(const std::shared_ptr<const Trace>& base, const WhatIf& change);
    /// A method's map, instead of one that was asked for before; the same one goes on.
    void requestMap(const std::shared_ptr<const Trace>& trace, const MapRequest& request);
    /// Whether class `of` depends on a map; takes the place of a map that was asked for, and gives way to one.
    void requestJudgement(const std::shared_ptr<const Trace>& trace, const MapRequest& request, const NdArray& map, int of);
    /// Makes these thumbnails, most wanted first, instead of those that were asked for before.
    void requestThumbnails(const QList<KnownPicture>& pictures) { m_loader.makeThumbnails(pictures); }
    void setThumbnailSize(int size) { m_loader.setThumbnailSize(size); }
    /// Stops loading, running and recomputing.
    void stop();
    /// Stops everything for good; false when something has not ended by then.
    bool end(QDeadlineTimer deadline);

    /// Null until the first model is loaded.
    const std::shared_ptr<const LoadedModel>& model() const { return m_model; }
    /// The last picture that could be decoded.
    const PictureSource& picture() const { return m_source; }
    /// What is transparent in it.
    const Transparency& transparency() const { return m_picture.transparency; }
    /// The present picture has run through the present model.
    bool hasResult() const { return m_hasResult; }
    bool busy() const { return m_loading != 0 || m_running != 0 || m_asking != 0 || m_mapping != 0 || m_changing != 0; }
    bool isLoading() const { return m_loading != 0; }
    /// A model or a picture is under way, not only a layer.
    bool renewsResult() const { return m_loading != 0 || m_running != 0; }
    const ResultCache& cache() const { return m_cache; }

Q_SIGNALS:
    void imageReady(quint64 id, const vitrine::Image& image);
    void progressed(double fraction, const QString& what);
    void finished(quint64 id, std::shared_ptr<const vitrine::Trace> trace);
    void failed(quint64 id, const QString& message);
    void modelLoaded(std::shared_ptr<const vitrine::LoadedModel> model);
    void modelFailed(const QString& message);
    void attentionReady(std::shared_ptr<const vitrine::Trace> trace, int layer, vitrine::NdArray attention);
    void attentionFailed(const QString& message);
    void changedReady(std::shared_ptr<const vitrine::Trace> base, vitrine::WhatIf change,
                      std::shared_ptr<const vitrine::Trace> changed);
    void changedFailed(const QString& message);
    void judged(std::shared_ptr<const vitrine::Trace> trace, vitrine::Judgement judgement);
    void mapProgressed(double fraction, const QString& what);
    void mapReady(std::shared_ptr<const vitrine::Trace> trace, vitrine::MapRequest request, vitrine::NdArray values);
    void mapFailed(std::shared_ptr<const vitrine::Trace> trace, vitrine::MapRequest request, const QString& message);
    void thumbnailReady(const QString& key, const QImage& image, const QString& message);
    void busyChanged(bool busy);

private:
    void prepare(QThread& thread);
    /// On the worker's thread.
    void post(std::function<void(InferenceWorker&)> work);
    void connectWorker();
    void connectLoader();
    void takeModel(quint64 id, const std::shared_ptr<const LoadedModel>& model);
    void takePicture(quint64 id, const Decoded& picture);
    void finish(const std::shared_ptr<const Trace>& trace);
    void takeFailure(quint64 id, const QString& message);
    void takeCancelled(quint64 id);
    quint64 begin();
    /// Runs the present picture again.
    void rerun();
    void deliverKept(quint64 id, const Result& kept);
    void postRun(quint64 id);
    void restart();
    bool isMapping(const std::shared_ptr<const Trace>& trace, const MapRequest& request, bool judging) const;
    quint64 beginMapping(const std::shared_ptr<const Trace>& trace, const MapRequest& request, bool judging);
    /// The layer, the map and the changed pass that were asked for are of a pass that goes.
    void stopAsking();
    void tellBusy();

    QThread m_workerThread;
    QPointer<InferenceWorker> m_worker;  ///< goes with its thread
    bool m_isGuest = false;
    PictureLoader m_loader;
    ResultCache m_cache;  ///< of the present model, by picture

    std::shared_ptr<const LoadedModel> m_model;
    PictureSource m_submitted;  ///< of m_running, while it is not decoded
    PictureSource m_source;     ///< the last picture that could be decoded,
    QString m_key;              ///< its key then,
    Decoded m_picture;          ///< and its pixels
    bool m_hasResult = false;
    quint64 m_lastId = 0;
    quint64 m_loading = 0;   ///< id of the load under way; 0: none
    quint64 m_running = 0;   ///< id of the picture under way, from submit() to its answer; 0: none
    quint64 m_asking = 0;    ///< id of the layer being recomputed; 0: none
    quint64 m_changing = 0;  ///< id of the changed pass; 0: none
    quint64 m_mapping = 0;   ///< id of the method's map being computed; 0: none
    std::shared_ptr<const Trace> m_mappedTrace;
    MapRequest m_mapped;       ///< of m_mapping
    bool m_judging = false;    ///< m_mapping is no map but whether to believe it
    bool m_decoded = false;    ///< m_running is of m_source
    bool m_runPosted = false;  ///< the worker has the picture under way already
    std::stop_source m_loadStop, m_runStop, m_askStop, m_changeStop, m_mapStop;
};

}  // namespace vitrine
