// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/export_dialog.h"

#include <QApplication>
#include <QComboBox>
#include <QDialogButtonBox>
#include <QImage>
#include <QLineEdit>
#include <QMessageBox>
#include <QPushButton>
#include <QSpinBox>
#include <QTemporaryDir>
#include <QTimer>
#include <gtest/gtest.h>

#include "ui/panels/main_window.h"

namespace vitrine {
namespace {

Figure square(const QColor& colour)
{
    Figure figure;
    figure.size = {40, 40};
    figure.paint = [colour](QPainter& painter) { painter.fillRect(QRectF(0, 0, 40, 40), colour); };
    figure.numbers = {{"numbers", NdArray({2}, {1, 2})}};
    return figure;
}

struct ExportDialogTest : testing::Test {
    QTemporaryDir folder;
    std::vector<ViewEntry> views{{QStringLiteral("canvas"), QStringLiteral("Picture"), nullptr, [] { return square(Qt::red); }},
                                 {QStringLiteral("heads"), QStringLiteral("Heads"), nullptr, [] { return square(Qt::blue); }},
                                 {QStringLiteral("inside"), QStringLiteral("Inside"), nullptr, [] { return Figure(); }}};

    static QComboBox& combo(ExportDialog& dialog, int index) { return *dialog.findChildren<QComboBox*>()[index]; }
    static QLineEdit& path(ExportDialog& dialog)
    {
        for (QLineEdit* line : dialog.findChildren<QLineEdit*>())
            if (!qobject_cast<QAbstractSpinBox*>(line->parentWidget()))
                return *line;
        throw std::logic_error("no path");
    }
    static QPushButton& save(ExportDialog& dialog)
    {
        return *dialog.findChild<QDialogButtonBox*>()->button(QDialogButtonBox::Save);
    }
};

TEST_F(ExportDialogTest, ProposesAFileThatSaysWhatItIs)
{
    ExportDialog dialog(views, {QStringLiteral("canvas"), {}, 2},
                        [this](const QString& name) { return folder.filePath(QStringLiteral("cat-") + name); });
    EXPECT_EQ(dialog.choice().path, folder.filePath(QStringLiteral("cat-canvas.png")));
    combo(dialog, 0).setCurrentIndex(1);
    EXPECT_EQ(dialog.choice().path, folder.filePath(QStringLiteral("cat-heads.png")));
    combo(dialog, 1).setCurrentIndex(1);
    EXPECT_EQ(dialog.choice().path, folder.filePath(QStringLiteral("cat-heads.svg")));
    path(dialog).setText(folder.filePath(QStringLiteral("mine.pdf")));
    EXPECT_EQ(combo(dialog, 1).currentData(), QStringLiteral("pdf")) << "what is typed is the format";
    combo(dialog, 0).setCurrentIndex(0);
    EXPECT_EQ(dialog.choice().path, folder.filePath(QStringLiteral("mine.pdf"))) << "a typed name stays";
    combo(dialog, 1).setCurrentIndex(0);
    EXPECT_EQ(dialog.choice().path, folder.filePath(QStringLiteral("mine.png")));
    path(dialog).setText(folder.filePath(QStringLiteral("mine.v2")));
    EXPECT_FALSE(save(dialog).isEnabled());
}

TEST_F(ExportDialogTest, StaysOpenWhenItCannotSave)
{
    ExportDialog dialog(views, {QStringLiteral("canvas"), {}, 2},
                        [](const QString&) { return QStringLiteral("/nowhere/at/all"); });
    dialog.show();
    save(dialog).click();
    EXPECT_TRUE(dialog.isVisible());
    path(dialog).setText(folder.filePath(QStringLiteral("there.png")));
    save(dialog).click();
    EXPECT_FALSE(dialog.isVisible());
    EXPECT_EQ(dialog.result(), QDialog::Accepted);
    const QImage saved(folder.filePath(QStringLiteral("there.png")));
    EXPECT_EQ(saved.size(), QSize(80, 80));
    EXPECT_NEAR(saved.dotsPerMeterX() * 0.0254, 192, 0.1) << "as large on paper as the PDF";
}

TEST_F(ExportDialogTest, AsksBeforeItReplacesAFile)
{
    const QString there = folder.filePath(QStringLiteral("cat-canvas.png"));
    ASSERT_TRUE(QImage(3, 3, QImage::Format_RGB32).save(there));
    for (const auto answer : {QMessageBox::No, QMessageBox::Yes}) {
        ExportDialog dialog(views, {QStringLiteral("canvas"), {}, 2},
                            [this](const QString& name) { return folder.filePath(QStringLiteral("cat-") + name); });
        dialog.show();
        QTimer::singleShot(0, &dialog, [answer] {
            auto* box = qobject_cast<QMessageBox*>(QApplication::activeModalWidget());
            ASSERT_TRUE(box);
            box->button(answer)->click();
        });
        save(dialog).click();
        EXPECT_EQ(QImage(there).width(), answer == QMessageBox::Yes ? 80 : 3);
        EXPECT_EQ(dialog.isVisible(), answer == QMessageBox::No);
    }
}

TEST_F(ExportDialogTest, OffersNoViewThatHasNothingToShow)
{
    ExportDialog dialog(views, {QStringLiteral("inside"), {}, 2},
                        [this](const QString& name) { return folder.filePath(name); });
    EXPECT_FALSE(save(dialog).isEnabled());
    const QModelIndex inside = combo(dialog, 0).model()->index(2, 0);
    EXPECT_FALSE(inside.flags() & Qt::ItemIsEnabled);
    combo(dialog, 0).setCurrentIndex(0);
    EXPECT_TRUE(save(dialog).isEnabled());
}

TEST(ExportFolder, IsOneThatExists)
{
    const QTemporaryDir folder;
    EXPECT_EQ(exportFolder(folder.path()), folder.path());
    EXPECT_TRUE(QFileInfo(exportFolder(QStringLiteral("/nowhere/at/all"))).isDir());
    EXPECT_TRUE(QFileInfo(exportFolder({})).isDir());
}

}  // namespace
}  // namespace vitrine
