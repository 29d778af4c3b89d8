// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFuture>
#include <QObject>
#include <QPromise>
#include <QThreadPool>

#include <memory>
#include <utility>

namespace vitrine {

/// Runs work() on the shared pool and then done(result) on the GUI thread, unless `context` is gone by then.
/// `work` owns what it reads (a Trace by shared_ptr) and throws nothing.
template <typename Work, typename Done>
void runInBackground(QObject* context, Work work, Done done)
{
    using Result = decltype(work());
    auto promise = std::make_shared<QPromise<Result>>();
    promise->start();
    promise->future().then(context, std::move(done));
    QThreadPool::globalInstance()->start([promise, work = std::move(work)] {
        promise->addResult(work());
        promise->finish();
    });
}

} // namespace vitrine
