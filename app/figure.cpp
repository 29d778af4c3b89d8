// SPDX-License-Identifier: GPL-3.0-or-later
#include <CLI/CLI.hpp>

#include "app/figure_commands.h"
#include "app/common.h"
#include "app/recipe.h"
#include "app/window.h"
#include "core/base/error.h"
#include "ui/figure/print_size.h"
#include "ui/figure/recipe.h"
#include "ui/panels/main_window.h"
#include "ui/panels/when_settled.h"
#include "ui/panels/window_application.h"
#include "ui/picture/file_name.h"
#include "ui/views/figure/figure_recipe.h"

namespace vitrine {

namespace {

struct FigureOptions {
    std::string file, output;
};

void requireSamePlace(const Session& wanted, const Session& shown)
{
    const bool besideToo = !wanted.comparison || (shown.comparison && shown.comparison->place == wanted.comparison->place);
    if (shown.place != wanted.place || !besideToo)
        throw Error("The figure looks at a layer, head, token, class or method that its model does not have.");
}

/// By a window that nobody sees, as the view was when it was saved.
int makeViewAgain(const FigureOptions& options, const FigureRecipe& recipe, const QString& text)
{
    const Session& wanted = recipe.panels.front();
    MainWindow window(windowSetup(false));
    QObject::connect(static_cast<WindowApplication*>(QCoreApplication::instance()), &WindowApplication::failed, &window,
                     &MainWindow::showMishap);
    window.show();
    window.showSession(wanted);
    QString problem;
    new WhenSettled(
        window,
        [&] {
            requireSamePlace(wanted, window.session());
            Figure figure = window.figureOf(recipe.view, recipe.style);
            if (!figure.paint || !figure.isWhole)
                throw Error("The view \"" + recipe.view.toStdString() + "\" has nothing to show of "
                            + wanted.picture.toStdString() + ".");
            figure.metadata.emplace_back(recipeKey, text);
            saveFigure(figure, fromPath(options.output), recipe.style.size);
            QApplication::exit();
        },
        [&problem](const QString& sentences) {
            problem = sentences;
            QApplication::exit();
        });
    QApplication::exec();
    if (!problem.isEmpty())
        throw Error(problem.toStdString());
    return 0;
}

std::vector<std::filesystem::path> filesOf(const FigureRecipe& recipe)
{
    std::vector<std::filesystem::path> files;
    for (const Session& panel : recipe.panels) {
        files.insert(files.end(), {toPath(panel.picture), toPath(panel.model.nameOrPath)});
        if (panel.comparison)
            files.push_back(toPath(panel.comparison->picture));
        if (panel.comparison && panel.comparison->model)
            files.push_back(toPath(panel.comparison->model->nameOrPath));
    }
    return files;
}

int makePanelsAgain(const FigureOptions& options, const QString& text)
{
    const FigureRecipe recipe = figureRecipeFrom(text, options.file);
    refuseInput(options.output, filesOf(recipe));
    if (!recipe.view.isEmpty())
        return makeViewAgain(options, recipe, text);
    const Figure figure = madeAgain(recipe, text, [](const ModelSource& source, const QString& picture) {
        return engineOf(ModelOptions{toPath(source.nameOrPath).string(), source.overrides, source.options},
                        toPath(picture).string());
    });
    saveFigure(figure, fromPath(options.output), recipe.style.size);
    return 0;
}

int makeAgain(const FigureOptions& options)
{
    refuseInput(options.output, {std::filesystem::path(options.file)});
    const QString text = recipeIn(fromPath(options.file));
    if (isOfPanels(text))
        return makePanelsAgain(options, text);
    const std::vector<std::string> recipe = argumentsOf(text.toStdString(), options.file);
    CLI::App app("", "vitrine");
    Run run;
    app.require_subcommand(1);
    addFigureCommands(app, run);
    // CLI11 takes them from the end.
    std::vector<std::string> reversed(recipe.rbegin(), recipe.rend());
    reversed.insert(reversed.end() - 1, {options.output, "-o"});
    try {
        app.parse(reversed);
    } catch (const CLI::ParseError& error) {
        throw Error(options.file + " was made by a command that this Vitrine does not have: " + error.what() + ".");
    }
    setProgramArguments(recipe);
    return run();
}

}  // namespace

void addFigureCommands(CLI::App& app, Run& run)
{
    addAttention(app, run);
    addInner(app, run);
    addPositions(app, run);
    addPca(app, run);
    addCka(app, run);
    addExplain(app, run);
    addFaithfulness(app, run);
    addFeatures(app, run);
    addFilters(app, run);
    addLens(app, run);
    addSimilarity(app, run);
    addStatistics(app, run);
    addWhatIf(app, run);
}

void addFigure(CLI::App& app, Run& run)
{
    auto options = std::make_shared<FigureOptions>();
    CLI::App* command = app.add_subcommand("figure", "Makes a figure again, from what stands in its file");
    command->add_option("FIGURE", options->file, "A .png, .svg or .pdf that Vitrine wrote, or a .json that its window did")
        ->required()
        ->check(problemOfInput);
    command->add_option("-o,--output", options->output, "File to write; of the same kind: the same bytes on the same machine")
        ->required()
        ->check(problemOfOutput);
    command->footer("The pictures and the model are looked for under the names that they had.\n"
                    "Example: vitrine figure cat.pdf -o again.pdf");
    command->callback([options, &run] { run = [options] { return makeAgain(*options); }; });
}

}  // namespace vitrine
