// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/dropped_files.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "ui/picture/file_name.h"

namespace vitrine {
namespace {

struct DroppedFilesTest : testing::Test {
    QTemporaryDir folder;

    QString touch(const QString& name)
    {
        const QString path = folder.filePath(name);
        QDir().mkpath(QFileInfo(path).path());
        QFile file(path);
        EXPECT_TRUE(file.open(QIODevice::WriteOnly));
        return path;
    }
};

TEST_F(DroppedFilesTest, EachKindGoesItsWay)
{
    const QString picture = touch(QStringLiteral("cat.png")), strange = touch(QStringLiteral("cat.dat"));
    const QString model = touch(QStringLiteral("deit.pth")), labels = touch(QStringLiteral("names.tsv"));
    const DroppedFiles files = sortFiles({picture, model, labels, strange});
    EXPECT_EQ(files.pictures, (QStringList{picture, strange}));
    EXPECT_EQ(files.models, QStringList{model});
    EXPECT_EQ(files.labels, QStringList{labels});
    EXPECT_TRUE(files.failures.isEmpty());
}

TEST_F(DroppedFilesTest, FolderGivesItsPicturesInNaturalOrder)
{
    const QString ten = touch(QStringLiteral("many/10.png")), two = touch(QStringLiteral("many/2.png"));
    touch(QStringLiteral("many/deeper/1.png"));
    EXPECT_EQ(sortFiles({folder.filePath(QStringLiteral("many"))}).pictures, (QStringList{two, ten}));
}

TEST_F(DroppedFilesTest, FolderWithACheckpointIsAModel)
{
    touch(QStringLiteral("vit/model.safetensors"));
    touch(QStringLiteral("vit/example.png"));
    const QString path = folder.filePath(QStringLiteral("vit"));
    const DroppedFiles files = sortFiles({path});
    EXPECT_EQ(files.models, QStringList{path});
    EXPECT_TRUE(files.pictures.isEmpty());
}

TEST_F(DroppedFilesTest, WhatIsMissingOrEmptyIsTold)
{
    QDir(folder.path()).mkdir(QStringLiteral("empty"));
    const DroppedFiles files = sortFiles(
        {folder.filePath(QStringLiteral("gone.png")), folder.filePath(QStringLiteral("empty"))});
    ASSERT_EQ(files.failures.size(), 2);
    EXPECT_TRUE(files.failures[0].contains(QStringLiteral("gone.png")));
    EXPECT_TRUE(files.failures[1].contains(QStringLiteral("empty")));
}

TEST_F(DroppedFilesTest, NamesThatAreNoUtf8)
{
    const std::filesystem::path odd = toPath(folder.filePath(QStringLiteral("odd"))) / "b\xff";
    std::filesystem::create_directories(odd);
    const std::filesystem::path picture = odd / "\xfe.PNG";
    std::ofstream(picture) << "picture";
    std::ofstream(odd / ".\xfe.png") << "hidden";
    EXPECT_EQ(sortFiles({fromPath(picture)}).pictures, QStringList{fromPath(picture)});
    EXPECT_EQ(sortFiles({fromPath(odd)}).pictures, QStringList{fromPath(picture)});
    EXPECT_EQ(sortFiles({fromPath(odd) + u'/'}).pictures, QStringList{fromPath(picture)});
    std::filesystem::rename(picture, odd / "\xfe.npz");
    EXPECT_EQ(sortFiles({fromPath(odd)}).models, QStringList{fromPath(odd)});
    std::filesystem::remove_all(odd.parent_path());
}

TEST_F(DroppedFilesTest, AFolderWithASlashBehindItHasAName)
{
    QDir(folder.path()).mkdir(QStringLiteral("empty"));
    EXPECT_TRUE(sortFiles({folder.filePath(QStringLiteral("empty/"))}).failures.value(0).contains(QStringLiteral(" empty ")));
}

}  // namespace
}  // namespace vitrine
