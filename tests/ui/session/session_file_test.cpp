// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/session/session_file.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <gmock/gmock.h>

#include "core/base/error.h"

namespace vitrine {
namespace {

using testing::HasSubstr;

struct SessionFile : testing::Test {
    QTemporaryDir folder;
    QString path = folder.filePath(QStringLiteral("look.vitrine"));

    void write(const QByteArray& text)
    {
        QFile file(path);
        ASSERT_TRUE(file.open(QIODevice::WriteOnly));
        file.write(text);
    }
    std::string problem()
    {
        try {
            openSession(path);
        } catch (const Error& error) {
            return error.what();
        }
        return {};
    }
};

TEST_F(SessionFile, KeepsEverything)
{
    write("a picture");
    QFile::rename(path, folder.filePath(QStringLiteral("cat.png")));
    Session session;
    session.picture = folder.filePath(QStringLiteral("cat.png"));
    session.pictureHash = hashOfFile(session.picture);
    session.model.nameOrPath = QStringLiteral("tnt");
    session.model.overrides.heads = 6;
    session.model.overrides.activation = Activation::QuickGelu;
    session.model.overrides.pool = Pool::ClsMean;
    session.model.overrides.imageHeight = 96;
    session.model.overrides.imageWidth = 128;
    session.model.overrides.mean = {0.5F, 0.25F, 0.125F};
    session.model.overrides.cropFraction = 0.875;
    session.model.overrides.fit = Fit::Letterbox;
    session.model.overrides.prefix = "student.";
    session.model.options = {"cpu", 3, Precision::BFloat16};
    session.place = {4,
                     {HeadFusion::Max, 2, {0, 2}},
                     17,
                     Direction::LookedAtBy,
                     281,
                     282,
                     &findMethod("legrad"),
                     {{3, 9}, std::nullopt, {{1, 0}, {5, 2}}}};
    session.display.colours = ColourMap::Viridis;
    session.display.opacity = 0.25;
    session.display.byValue = true;
    session.display.grid = false;
    session.display.range = ValueRange{0.125F, 0.5F};
    session.place.tokenMap = TokenMap::Similarity;
    session.pictures = {folder.filePath(QStringLiteral("dog.png")), QStringLiteral("/elsewhere/fox.png")};
    session.window = {{QStringLiteral("page"), QStringLiteral("heads")}};
    session.comparison = Comparison{ModelSource{QStringLiteral("vit"), {}, {}},
                                    folder.filePath(QStringLiteral("dog.png")),
                                    session.place,
                                    false,
                                    true,
                                    true};
    session.comparison->place.layer = 5;
    saveSession(session, path);
    const Session again = openSession(path);
    EXPECT_EQ(again.pictures, session.pictures);
    EXPECT_EQ(again.window, session.window);
    ASSERT_TRUE(again.comparison && again.comparison->model);
    EXPECT_EQ(again.comparison->model->key(), session.comparison->model->key());
    EXPECT_EQ(again.comparison->picture, session.comparison->picture);
    EXPECT_EQ(again.comparison->place, session.comparison->place);
    EXPECT_FALSE(again.comparison->linked);
    EXPECT_TRUE(again.comparison->oneScale);
    EXPECT_TRUE(again.comparison->difference);
    EXPECT_EQ(again.picture, session.picture);
    EXPECT_EQ(again.pictureHash, session.pictureHash);
    EXPECT_EQ(again.pictureHash.size(), 64);
    EXPECT_EQ(again.model.key(), session.model.key());
    EXPECT_EQ(again.place, session.place);
    EXPECT_EQ(again.display, session.display);
}

TEST_F(SessionFile, MovesWithItsPicture)
{
    Session session;
    session.picture = folder.filePath(QStringLiteral("cat.png"));
    session.model.nameOrPath = QStringLiteral("vit");
    saveSession(session, path);
    QTemporaryDir elsewhere;
    QFile::copy(path, elsewhere.filePath(QStringLiteral("moved.vitrine")));
    EXPECT_EQ(openSession(elsewhere.filePath(QStringLiteral("moved.vitrine"))).picture,
              elsewhere.filePath(QStringLiteral("cat.png")));
    EXPECT_FALSE(openSession(path).comparison) << "nothing stood beside it";
}

TEST_F(SessionFile, SaysWhatIsWrong)
{
    const std::pair<QByteArray, const char*> cases[]{
        {"", "no session of Vitrine"},
        {"[1]", "no session of Vitrine"},
        {"{}", "has no \"vitrine\""},
        {R"({"vitrine": 2, "model": {"source": "vit"}})", "newer Vitrine"},
        {R"({"vitrine": 1})", "which model"},
        {R"({"vitrine": 1, "model": 3})", "\"model\" is not an object"},
        {R"({"vitrine": 1, "model": {"source": "vit", "heads": 2.5}})", "\"model.heads\" is not a whole number"},
        {R"({"vitrine": 1, "model": {"source": "vit", "mean": [1]}})", "\"model.mean\" is not 3 numbers"},
        {R"({"vitrine": 1, "model": {"source": "vit"}, "place": {"direction": "up"}})", "\"place.direction\" is not looks-at"},
        {R"({"vitrine": 1, "model": {"source": "vit"}, "place": {"method": "magic"}})", "no method \"magic\""},
        {R"({"vitrine": 1, "model": {"source": "vit"}, "display": {"range": [2, 1]}})", "\"display.range\" is not a smaller"},
        {R"({"vitrine": 1, "model": {"source": "vit"}, "beside": {"linked": 1}})", "\"beside.linked\" is not true or false"},
        {R"({"vitrine": 1, "model": {"source": "vit"}, "beside": {"model": {"heads": 1}}})", "\"beside.model.source\" is not"},
    };
    for (const auto& [text, expected] : cases) {
        write(text);
        EXPECT_THAT(problem(), HasSubstr(expected)) << text.toStdString();
        EXPECT_THAT(problem(), HasSubstr("look.vitrine")) << text.toStdString();
    }
    QFile::remove(path);
    EXPECT_THAT(problem(), HasSubstr("Cannot read"));
}

TEST_F(SessionFile, CannotBeWrittenWhereNothingCan)
{
    Session session;
    session.model.nameOrPath = QStringLiteral("vit");
    EXPECT_THROW(saveSession(session, folder.filePath(QStringLiteral("no/such/folder/a.vitrine"))), Error);
}

}  // namespace
}  // namespace vitrine
