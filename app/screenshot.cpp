// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/screenshot.h"

#include <QApplication>
#include <QBuffer>
#include <QPixmap>

#include <fstream>
#include <iostream>
#include <sstream>
#include <utility>

#include "core/base/error.h"
#include "core/checkpoint/report.h"
#include "core/output/arrays.h"
#include "ui/panels/main_window.h"
#include "ui/panels/when_settled.h"

namespace vitrine {

namespace {

void save(MainWindow& window, const std::filesystem::path& path)
{
    QByteArray png;
    QBuffer buffer(&png);
    window.grab().save(&buffer, "PNG");
    writeAtomically(path, [&](const std::filesystem::path& temporary) {
        std::ofstream file(temporary, std::ios::binary);
        file.write(png.constData(), png.size());
        if (!file.flush() || png.isEmpty())
            throw Error("The screenshot cannot be written to " + path.string() + ": choose another folder.");
    });
}

void endWith(const QString& sentences)
{
    std::istringstream lines(sentences.toStdString());
    for (std::string line; std::getline(lines, line);)
        std::cerr << "vitrine: " << printable(line) << '\n';
    QApplication::exit(1);
}

}  // namespace

void takeScreenshot(MainWindow& window, const std::filesystem::path& path, std::function<void(MainWindow&)> arrange)
{
    const auto take = [&window, path] {
        save(window, path);
        QApplication::exit(0);
    };
    new WhenSettled(
        window,
        [&window, take, arrange = std::move(arrange)] {
            arrange(window);
            new WhenSettled(window, take, endWith);
        },
        endWith);
}

}  // namespace vitrine
