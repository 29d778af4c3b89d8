// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFutureWatcher>
#include <QPromise>
#include <QThreadPool>

#include <memory>
#include <utility>

namespace vitrine {

/// For what takes long. Not Qt's global pool: painting a picture waits there for its turn.
QThreadPool& backgroundPool();

/// Runs work() on that pool, or another, and then done(result) on the GUI thread, unless `context` is gone by then.
/// `work` owns what it reads (a Trace by shared_ptr) and throws nothing.
template <typename Work, typename Done>
void runInBackground(QObject* context, Work work, Done done, QThreadPool& pool = backgroundPool())
{
    using Value = decltype(work());
    // Not QFuture::then(context, ...): Qt 6.4 looks at the context from the pool's thread, where it may be gone.
    auto* watcher = new QFutureWatcher<Value>(context);
    QObject::connect(watcher, &QFutureWatcherBase::finished, context, [watcher, done = std::move(done)] {
        watcher->deleteLater();
        done(watcher->result());
    });
    auto promise = std::make_shared<QPromise<Value>>();
    promise->start();
    watcher->setFuture(promise->future());
    pool.start([promise, work = std::move(work)] {
        promise->addResult(work());
        promise->finish();
    });
}

}  // namespace vitrine
