// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QStringList>
#include <QWidget>

class QSplitter;
class QStackedWidget;
class QTabBar;
class QVBoxLayout;

namespace vitrine {

/// The parts of the window: pictures at the left, pages in the centre with a navigator under the first one, what belongs to
/// all of them at the right, and one row of tabs along the bottom.
class Workspace : public QWidget {
    Q_OBJECT

public:
    /// Takes the widgets.
    Workspace(QWidget* pictures, QWidget* navigator, QWidget* side, QWidget* parent = nullptr);

    /// Over the pages.
    void addBar(QWidget* bar);
    void addPage(const QString& name, const QString& title, const QString& toolTip, QWidget* page);
    /// A page that does not apply to the model is not there; where it was shown the first one is.
    void setAvailable(const QString& name, bool available);
    bool isAvailable(const QString& name) const;
    void setPage(const QString& name);
    QString page() const;
    QStackedWidget& pages() { return *m_pages; }
    QWidget* pictures() const;
    QWidget* side() const;

    /// How wide and high the parts are.
    QByteArray saveState() const;
    bool restoreState(const QByteArray& state);
    /// As it is at first.
    void resetState();

Q_SIGNALS:
    void pageChanged(const QString& name);
    /// Its tab was clicked.
    void pageChosen(const QString& name);

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    void arrange();

    QWidget* m_navigator;
    QSplitter* m_across;
    QSplitter* m_down;
    QStackedWidget* m_pages;
    QTabBar* m_tabs;
    QVBoxLayout* m_centre;
    QStringList m_names;    ///< of the pages, in the order of the tabs
    bool m_byHand = false;  ///< somebody moved a border
};

}  // namespace vitrine
