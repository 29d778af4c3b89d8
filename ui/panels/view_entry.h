// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QJsonValue>
#include <QString>

#include <functional>

#include "ui/figure/figure.h"

class QWidget;

namespace vitrine {

/// A view that can be shown, focused and exported.
struct ViewEntry {
    QString name;  ///< "heads": what --view takes
    QString title;
    QWidget* widget = nullptr;
    std::function<Figure()> figure;
    /// What a session keeps of it, and takes again; a view that always shows the same has none.
    std::function<QJsonValue()> state{};
    std::function<void(const QJsonValue&)> restore{};
};

}  // namespace vitrine
