// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QString>

#include <functional>
#include <memory>
#include <stop_token>

#include "core/base/progress.h"
#include "core/explain/what_if.h"
#include "core/model/model.h"
#include "core/trace/engine.h"
#include "ui/session/map_request.h"

namespace vitrine {

/// Which network to load and where to run it.
struct ModelSource {
    QString nameOrPath;
    ModelOverrides overrides;
    EngineOptions options;

    /// The same key: the same results.
    QString key() const;
};

/// Makes an Engine; called on the worker's thread. Throws Error, Cancelled.
using EngineFactory = std::function<std::unique_ptr<Engine>(const ModelSource&, const Progress&, std::stop_token)>;

/// What the window shows of a loaded network.
struct LoadedModel {
    ModelSource source;
    std::shared_ptr<const ModelSpec> spec;
    PositionEmbeddings positions;
    QString device;    ///< for people
    QString deviceId;  ///< what EngineOptions::device takes
    Precision precision = Precision::Float32;
};

/// Owns the Engine, or uses that of a worker on the same thread. Is called on that thread only, through queued calls; every
/// exception ends here.
class InferenceWorker : public QObject {
    Q_OBJECT

public:
    explicit InferenceWorker(EngineFactory factory);
    /// A guest: whatever network `host` has is its network, too. It loads none.
    explicit InferenceWorker(const InferenceWorker* host);
    ~InferenceWorker() override;

    /// The engine at hand stays when the new one cannot be made.
    void load(quint64 id, const ModelSource& source, const std::stop_token& stop);
    void unload() { m_engine.reset(); }
    /// Of a network that takes pictures in their own shapes loaded() may come instead: then it is to be run again.
    void run(quint64 id, const Image& picture, const std::stop_token& stop);
    /// One layer that a trace left out; cancelled when the trace is of another model.
    void computeAttention(quint64 id, const std::shared_ptr<const Trace>& trace, int layer, const std::stop_token& stop);
    /// One map of a method; cancelled when the trace is of another model.
    void computeMap(quint64 id, const std::shared_ptr<const Trace>& trace, const MapRequest& request,
                    const std::stop_token& stop);
    /// Deletion, insertion and SaCo of a map; cancelled when the trace is of another model.
    void judge(quint64 id, const std::shared_ptr<const Trace>& trace, const MapRequest& request, const NdArray& map, int of,
               const std::stop_token& stop);
    /// The pass with changes; cancelled when the trace is of another model.
    void computeChanged(quint64 id, const std::shared_ptr<const Trace>& base, const WhatIf& change,
                        const std::stop_token& stop);

Q_SIGNALS:
    void progressed(quint64 id, double fraction, const QString& what);
    /// The engine is this model's from here on: what comes after it is of this model.
    void loaded(quint64 id, std::shared_ptr<const vitrine::LoadedModel> model);
    void finished(quint64 id, std::shared_ptr<const vitrine::Trace> trace);
    void failed(quint64 id, const QString& message);
    void cancelled(quint64 id);
    void attentionComputed(quint64 id, std::shared_ptr<const vitrine::Trace> trace, int layer, vitrine::NdArray attention);
    void judged(quint64 id, std::shared_ptr<const vitrine::Trace> trace, vitrine::Judgement judgement);
    void changedComputed(quint64 id, std::shared_ptr<const vitrine::Trace> base, vitrine::WhatIf change,
                         std::shared_ptr<const vitrine::Trace> changed);
    void mapComputed(quint64 id, std::shared_ptr<const vitrine::Trace> trace, vitrine::MapRequest request,
                     vitrine::NdArray values);

private:
    /// `picture`: whose shape the network takes, where it takes pictures so; null: none as yet.
    void take(quint64 id, const ModelSource& source, const Image* picture, const std::stop_token& stop);
    void guarded(quint64 id, const std::function<void()>& work);
    Progress progressOf(quint64 id);
    Engine* engine() const { return m_host ? m_host->engine() : m_engine.get(); }
    /// Throws Cancelled when the trace is of another model.
    Engine& engineOf(const Trace& trace) const;

    EngineFactory m_factory;
    const InferenceWorker* m_host = nullptr;
    std::unique_ptr<Engine> m_engine;
    ModelSource m_source;  ///< of m_engine
};

}  // namespace vitrine
