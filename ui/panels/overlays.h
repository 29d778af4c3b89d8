// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFrame>
#include <QTimer>
#include <QWidget>

class QDragEnterEvent;
class QLabel;
class QMimeData;
class QProgressBar;

namespace vitrine {

/// A widget over another one, as large as it. Starts hidden; the mouse goes through.
class Overlay : public QWidget {
public:
    explicit Overlay(QWidget* over);

    bool eventFilter(QObject* watched, QEvent* event) override;
};

/// Dims what is out of date.
class Veil : public Overlay {
public:
    using Overlay::Overlay;

protected:
    void paintEvent(QPaintEvent* event) override;
};

/// Lets a widget take files and pictures that are dropped on it, and says so while they are held over it.
class DropFrame : public Overlay {
    Q_OBJECT

public:
    explicit DropFrame(QWidget* over);

    bool eventFilter(QObject* watched, QEvent* event) override;

Q_SIGNALS:
    void dropped(const QMimeData& data);

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    void take(QDragEnterEvent& event);
};

/// What is under way, how far it is, and a way to stop it, over the lower part of a widget; shows only when it takes long.
class BusyCard : public QFrame {
    Q_OBJECT

public:
    explicit BusyCard(QWidget* over);

    void begin(const QString& what);
    void setProgress(double fraction);
    void end();

    bool eventFilter(QObject* watched, QEvent* event) override;

Q_SIGNALS:
    void stopped();

private:
    void place();

    QLabel* m_what;
    QProgressBar* m_bar;
    QTimer m_later;
};

}  // namespace vitrine
