// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QRectF>
#include <QString>

class QWidget;

namespace vitrine {

/// A painted widget whose parts (patches, bars) a screen reader is to find, beside what QWidget says of itself.
class HasParts {
public:
    virtual ~HasParts() = default;

    virtual int partCount() const = 0;
    virtual QString partName(int part) const = 0;
    virtual QString partValue(int part) const = 0;
    /// In the widget.
    virtual QRectF partRect(int part) const = 0;
    /// -1: none. Overridden where there are too many to look at each.
    virtual int partAt(const QPointF& position) const;
    virtual bool isPartChosen(int part) const = 0;
    /// What a click on it does.
    virtual void pressPart(int part) = 0;
};

/// The keyboard stands on this part now: screen readers say it.
void tellPart(QWidget* widget, int part);

/// Makes widgets with parts known to screen readers; more than one call does no harm.
void installAccessibleParts();

}  // namespace vitrine
