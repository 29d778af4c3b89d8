// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

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
};

}  // namespace vitrine
