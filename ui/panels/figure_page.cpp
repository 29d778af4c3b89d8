// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/figure_page.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDir>
#include <QDoubleSpinBox>
#include <QFileInfo>
#include <QFormLayout>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QMessageBox>
#include <QPushButton>
#include <QSaveFile>
#include <QStandardItemModel>
#include <QStandardPaths>

#include <algorithm>

#include "core/base/error.h"
#include "ui/figure/recipe.h"
#include "ui/panels/figure_preview.h"
#include "ui/panels/file_dialog.h"
#include "ui/panels/view_entry.h"

namespace vitrine {

QString exportFolder(const QString& last)
{
    for (const QString& folder : {last, QStandardPaths::writableLocation(QStandardPaths::PicturesLocation),
                                  QStandardPaths::writableLocation(QStandardPaths::DocumentsLocation)})
        if (!folder.isEmpty() && QFileInfo(folder).isDir() && QFileInfo(folder).isWritable())
            return folder;
    return QDir::homePath();
}

void FigurePage::setFiles(std::function<Session()> session, std::function<QString(const QString&)> named)
{
    m_session = std::move(session);
    m_named = std::move(named);
}

void FigurePage::fillViews()
{
    const QSignalBlocker quiet(m_view);
    m_view->clear();
    for (const ViewEntry& each : m_views) {
        if (each.widget == this)
            continue;
        m_view->addItem(each.title, each.name);
        if (!each.figure().paint)
            qobject_cast<QStandardItemModel*>(m_view->model())->item(m_view->count() - 1)->setEnabled(false);
    }
    m_view->setCurrentIndex(std::max(0, m_view->findData(m_wanted)));
}

void FigurePage::choose(const QString& view)
{
    m_wanted = view;
    fillViews();
    takeView();
}

void FigurePage::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    fillViews();
    takeView();
}

bool FigurePage::isOfPictures() const
{
    return m_wanted == QStringLiteral("canvas");
}

QString FigurePage::suffix() const
{
    return m_format->currentData().toString();
}

FigureStyle FigurePage::style() const
{
    return {.size = {.millimetres = m_width->value(), .dpi = m_dpi->value()},
            .font = m_font->value(),
            .title = m_title->text(),
            .labels = m_labels->text(),
            .caption = m_caption->text(),
            .bar = m_bar->isChecked(),
            .grid = m_grid->isChecked(),
            .marks = m_marks->isChecked(),
            .oneScale = m_oneScale->isChecked(),
            .transparent = m_transparent->isChecked()};
}

Session FigurePage::sessionNow() const
{
    Session session = m_session();
    // What the mouse or the keyboard points at is what is shown.
    if (m_exploration.usesToken() && m_exploration.shownToken() != m_exploration.query())
        session.place.pinned = m_exploration.shownToken();
    // A scale that two pictures of a comparison share is a number here: the figure has one of them.
    if (m_exploration.showsAttention() && !session.display.range)
        session.display.range = m_exploration.linkedRange();
    session.pictures.clear();
    // The page would be the one of figures.
    session.window.insert(QStringLiteral("page"), m_wanted);
    if (m_wanted != QStringLiteral("compare"))
        session.comparison.reset();
    return session;
}

FigureRecipe FigurePage::recipe() const
{
    FigureRecipe recipe{style(), {}, isOfPictures() ? QString() : m_wanted};
    if (!isOfPictures() || m_panels.empty()) {
        recipe.panels.push_back(sessionNow());
        return recipe;
    }
    for (const Panel& panel : m_panels)
        recipe.panels.push_back(panel.session);
    return recipe;
}

Figure FigurePage::figure() const
{
    if (!isOfPictures() || m_panels.empty())
        return figureOf(m_wanted, style());
    std::vector<CanvasPart> parts;
    for (const Panel& panel : m_panels)
        parts.push_back(panel.part);
    return canvasFigure(std::move(parts), style());
}

Figure FigurePage::figureOf(const QString& view, const FigureStyle& style) const
{
    CanvasPart part = m_part();
    if (view == QStringLiteral("canvas"))
        return canvasFigure({std::move(part)}, style);
    const auto of = std::ranges::find(m_views, view, &ViewEntry::name);
    if (of == m_views.end() || of->widget == this)
        throw Error("There is no view \"" + view.toStdString() + "\".");
    Figure shown = of->figure();
    if (!shown.paint)
        return {};
    part.words[QStringLiteral("what")] = shown.title;
    Figure result = framed(std::move(shown), filledTemplate(style.title, part.words),
                           filledTemplate(style.caption, part.words));
    result.transparent = style.transparent;
    return result;
}

void FigurePage::addPanel()
{
    const CanvasPart part = m_part();
    if (!part.map) {
        tell(tr("There is no map over the picture to add yet."));
        return;
    }
    m_panels.push_back({part, sessionNow()});
    m_list->addItem(part.words.value(QStringLiteral("picture")) + QStringLiteral(" · ")
                    + part.words.value(QStringLiteral("short")));
    m_list->setCurrentRow(m_list->count() - 1);
    takeView();
}

void FigurePage::removePanel()
{
    const int row = m_list->currentRow();
    if (row < 0)
        return;
    m_panels.erase(m_panels.begin() + row);
    delete m_list->takeItem(row);
    takeView();
}

void FigurePage::propose()
{
    // A name that a person has typed stays.
    if (!m_path->text().isEmpty() && m_path->text() != m_proposed)
        return;
    m_proposed = m_named(m_wanted) + u'.' + suffix();
    if (m_path->text() != m_proposed)
        m_path->setText(m_proposed);
}

void FigurePage::takeView()
{
    propose();
    takePath();
    refresh();
}

void FigurePage::takeFormat()
{
    const QFileInfo file(m_path->text());
    const bool proposed = m_path->text() == m_proposed;
    if (file.suffix().compare(suffix(), Qt::CaseInsensitive) != 0) {
        const bool known = m_format->findData(file.suffix().toLower()) >= 0;
        const QString base = known ? file.completeBaseName() : file.fileName();
        m_path->setText(file.dir().filePath(base + u'.' + suffix()));
        if (proposed)
            m_proposed = m_path->text();
    }
    refresh();
}

void FigurePage::takePath()
{
    // The suffix is the format: the two always say the same.
    const int format = m_format->findData(QFileInfo(m_path->text()).suffix().toLower());
    if (format >= 0)
        m_format->setCurrentIndex(format);
    m_save->setEnabled(format >= 0);
    tell(hint());
}

QString FigurePage::hint() const
{
    if (!m_save->isEnabled())
        return tr("The file's ending says what it becomes: .png, .svg, .pdf, .csv, .npy, .npz or .json.");
    return m_isWhole ? QString()
                     : tr("%1: not all of it is computed yet. Saved now, it cannot be made again.").arg(m_view->currentText());
}

void FigurePage::refresh()
{
    if (!isVisible())
        return;
    fitForm();
    m_soon.start();
}

void FigurePage::fitForm()
{
    const bool pictures = isOfPictures(), numbers = suffix() == QStringLiteral("csv") || suffix().startsWith(u'n');
    const auto several = static_cast<int>(m_panels.size());
    for (QWidget* row : std::initializer_list<QWidget*>{m_list, m_add->parentWidget(), m_font, m_labels, m_bar->parentWidget()})
        m_form->setRowVisible(row, pictures);
    m_form->setRowVisible(m_list, pictures && several > 0);
    m_labels->setEnabled(several > 1);
    m_oneScale->setEnabled(several > 1);
    m_remove->setEnabled(several > 0);
    m_dpi->setEnabled(suffix() == QStringLiteral("png"));
    for (QWidget* each : std::initializer_list<QWidget*>{m_width, m_preset, m_font})
        each->setEnabled(!numbers);
}

void FigurePage::showFigure()
{
    propose();
    m_now->setText(tr("now: %1").arg(m_part().words.value(QStringLiteral("short"))));
    try {
        const Figure shown = figure();
        if (m_isWhole != (shown.isWhole || !shown.paint)) {
            m_isWhole = !m_isWhole;
            tell(hint());
        }
        m_preview->show(shown, style().size, tr("%1 has nothing to show yet: choose another view.").arg(m_view->currentText()));
    } catch (const std::exception& error) {
        m_preview->show({}, {}, QString::fromUtf8(error.what()));
    }
}

void FigurePage::browse()
{
    const QString chosen = askForFile(
        this, {tr("Save the figure as"), m_path->text(), {QStringLiteral("*.%1").arg(suffix())}, QFileDialog::AnyFile});
    if (chosen.isEmpty())
        return;
    m_confirmed = chosen;  // the file dialog has asked
    m_path->setText(chosen);
}

bool FigurePage::write(const QString& path)
{
    try {
        Figure wanted = figure();
        if (!wanted.paint)
            throw Error(tr("There is nothing to show yet: choose another view.").toStdString());
        const QString text = wanted.isWhole ? toText(recipe()) : QString();
        if (!text.isEmpty())
            wanted.metadata.emplace_back(recipeKey, text);
        if (QFileInfo(path).suffix().toLower() != QStringLiteral("json"))
            saveFigure(wanted, path, style().size);
        else if (!wanted.isWhole)
            throw Error(tr("Not all of it is computed yet: show the view until it is, then save again.").toStdString());
        else if (text.isEmpty())
            throw Error(tr("A picture that was pasted is no file, from which a figure could be made again.").toStdString());
        else if (QSaveFile file(path);
                 !file.open(QIODevice::WriteOnly) || file.write(text.toUtf8() + '\n') < 0 || !file.commit())
            throw Error(tr("Cannot write %1: %2.").arg(path, file.errorString()).toStdString());
    } catch (const std::exception& error) {
        tell(QString::fromUtf8(error.what()));
        return false;
    }
    m_lastPath = m_confirmed = path;
    tell({});
    Q_EMIT saved();
    return true;
}

void FigurePage::save()
{
    const QString path = m_path->text();
    if (QFileInfo::exists(path) && path != m_confirmed
        && QMessageBox::question(this, tr("Save the figure"),
                                 tr("%1 is there already. Replace it?").arg(QFileInfo(path).fileName()),
                                 QMessageBox::Yes | QMessageBox::No, QMessageBox::No)
               != QMessageBox::Yes)
        return;
    write(path);
}

bool FigurePage::saveAgain()
{
    return !m_lastPath.isEmpty() && write(m_lastPath);
}

void FigurePage::tell(const QString& problem)
{
    m_problem->setText(problem);
    m_problem->setVisible(!problem.isEmpty());
}

}  // namespace vitrine
