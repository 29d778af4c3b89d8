// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/picture_list.h"

#include <QAbstractItemModelTester>
#include <QImage>
#include <QSignalSpy>
#include <gtest/gtest.h>

namespace vitrine {
namespace {

PictureSource pixels(const QString& name)
{
    return PictureSource::fromPixels(QImage(4, 4, QImage::Format_RGB32), name);
}

TEST(PictureList, IsAProperModelAndKeepsOneRowAPicture)
{
    PictureList list;
    const QAbstractItemModelTester tester(&list, QAbstractItemModelTester::FailureReportingMode::Fatal);
    const PictureSource a = pixels(QStringLiteral("a")), b = pixels(QStringLiteral("b")), c = pixels(QStringLiteral("c"));
    EXPECT_EQ(list.add(a), 0);
    EXPECT_EQ(list.add(a), 0);
    EXPECT_EQ(list.add({{b, b.key()}, {a, a.key()}, {c, c.key()}, {c, c.key()}}), 1);
    EXPECT_EQ(list.rowCount(), 3);
    list.remove(0);
    EXPECT_EQ(list.add(c), 1);
    EXPECT_EQ(list.add(a), 2);
    EXPECT_EQ(list.add(QList<KnownPicture>()), -1);
}

TEST(PictureList, WantsThumbnailsOfTheRowsThatAreSeen)
{
    PictureList list;
    QSignalSpy wanted(&list, &PictureList::thumbnailsWanted);
    for (int i = 0; i < 10; ++i)
        list.add(pixels(QString::number(i)));
    EXPECT_EQ(list.missingThumbnails(), 0);
    list.see(2, 4);
    list.see(2, 4);
    ASSERT_EQ(wanted.count(), 1);
    EXPECT_EQ(wanted[0][0].value<QList<KnownPicture>>().size(), 3);
    list.setThumbnail(list.source(2).key(), QImage(4, 4, QImage::Format_RGB32));
    list.setThumbnail(list.source(3).key(), {}, QStringLiteral("Cannot read it."));
    EXPECT_EQ(list.missingThumbnails(), 1);
    EXPECT_EQ(list.data(list.index(3), PictureList::FailureRole), QStringLiteral("Cannot read it."));
    EXPECT_FALSE(list.data(list.index(2), Qt::DecorationRole).isNull());
    list.see(0, 100);
    EXPECT_EQ(list.missingThumbnails(), 8) << "neither the one that is there nor the one that never will be";
}

TEST(PictureList, GivesUpTheThumbnailsThatWereNotSeenForLongest)
{
    PictureList list;
    const QImage large(1024, 1024, QImage::Format_RGB32);  // 4 MB
    for (int i = 0; i < 12; ++i) {
        list.add(pixels(QString::number(i)));
        list.setThumbnail(list.source(i).key(), large);
        EXPECT_FALSE(list.data(list.index(0), Qt::DecorationRole).isNull()) << "seen all the time";
    }
    int kept = 0;
    for (int i = 0; i < 12; ++i)
        kept += list.data(list.index(i), Qt::DecorationRole).isNull() ? 0 : 1;
    EXPECT_LE(kept, 8);
    EXPECT_TRUE(list.data(list.index(1), Qt::DecorationRole).isNull());
    list.see(0, 11);
    EXPECT_EQ(list.missingThumbnails(), 12 - kept) << "they are made again when somebody looks";
}

}  // namespace
}  // namespace vitrine
