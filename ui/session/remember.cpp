// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/session/remember.h"

#include <QSettings>

namespace vitrine {

QThreadPool& writingPool()
{
    static QThreadPool pool;
    pool.setMaxThreadCount(1);
    return pool;
}

void remember(const QString& key, const QVariant& value)
{
    writingPool().start([key, value] { QSettings().setValue(key, value); });
}

}  // namespace vitrine
