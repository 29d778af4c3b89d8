// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QListView>

#include "ui/panels/picture_list.h"

namespace vitrine {

/// The opened pictures as square thumbnails, their names in tooltips; the current one is shown. Delete takes one away from here, not from the disk.
class PictureStrip : public QListView {
    Q_OBJECT

public:
    explicit PictureStrip(PictureList& pictures, QWidget* parent = nullptr);

    int currentRow() const { return currentIndex().isValid() ? currentIndex().row() : -1; }
    void setCurrentRow(int row);
    /// The next or previous picture; stops at the ends.
    void step(int by);
    QSize sizeHint() const override;
    static int thumbnailSize() { return 58; }

Q_SIGNALS:
    void picked(int row);
    void folderAsked(const QString& folder);

protected:
    void currentChanged(const QModelIndex& current, const QModelIndex& previous) override;
    void contextMenuEvent(QContextMenuEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void paintEvent(QPaintEvent* event) override;

private:
    PictureList& m_pictures;
};

}  // namespace vitrine
