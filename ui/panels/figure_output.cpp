// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/figure_output.h"

#include <QApplication>
#include <QClipboard>
#include <QDesktopServices>
#include <QDir>
#include <QDrag>
#include <QFileInfo>
#include <QMenu>
#include <QMimeData>
#include <QMouseEvent>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QUrl>

#include "core/base/error.h"
#include "ui/panels/commands.h"
#include "ui/panels/figure_page.h"
#include "ui/panels/message_bar.h"
#include "ui/session/exploration.h"
#include "ui/session/inference_controller.h"

namespace vitrine {

namespace {

/// Tab-separated, as spreadsheets paste it.
QString asTable(const Figure& figure)
{
    if (figure.numbers.empty() || !std::holds_alternative<NdArray>(figure.numbers.front().values))
        return {};
    const NdArray& array = std::get<NdArray>(figure.numbers.front().values);
    const std::int64_t columns = array.rank() > 0 ? array.dim(-1) : 1;
    QString text;
    for (std::int64_t i = 0; i < array.size(); ++i) {
        text += QString::number(static_cast<double>(array.values()[static_cast<std::size_t>(i)]), 'g', 9);
        text += (i + 1) % columns == 0 ? u'\n' : u'\t';
    }
    return text;
}

}  // namespace

FigureOutput::FigureOutput(const std::vector<ViewEntry>& views, Current current, FigurePage& page,
                           const Exploration& exploration, const InferenceController& controller, MessageBar& messages,
                           QWidget* window)
    : QObject(window)
    , m_views(views)
    , m_current(std::move(current))
    , m_page(page)
    , m_exploration(exploration)
    , m_controller(controller)
    , m_messages(messages)
    , m_window(window)
{
    for (const ViewEntry& view : views) {
        view.widget->installEventFilter(this);
        for (QWidget* part : view.widget->findChildren<QWidget*>())
            part->installEventFilter(this);
    }
    connect(&page, &FigurePage::saved, this, &FigureOutput::tellSaved);
}

void FigureOutput::addCommands(QMenu* menu)
{
    m_export = addCommand(menu, tr("&Export…"), {Qt::CTRL | Qt::Key_E}, [this] { exportView(); });
    addCommand(menu, tr("Export again"), {QKeySequence::Save}, [this] {
        if (!m_page.saveAgain())
            exportView();
    });
    m_copy = addCommand(menu, tr("&Copy the picture"), {QKeySequence::Copy}, [this] { copyPicture(); });
    m_copyNumbers = addCommand(menu, tr("Copy the numbers"), {Qt::CTRL | Qt::SHIFT | Qt::Key_C}, [this] { copyNumbers(); });
}

QString FigureOutput::nameFor(const QString& view) const
{
    QStringList parts{QFileInfo(m_controller.picture().name).completeBaseName(), view};
    if (const auto& trace = m_exploration.trace()) {
        parts += QStringLiteral("layer%1").arg(m_exploration.layer());
        parts += QString::fromStdString(trace->model->tokenName(m_exploration.shownToken()));
    }
    parts.removeAll(QString());
    // "patch 6, 9" -> "patch-6-9"
    static const QRegularExpression others(QStringLiteral("[^\\w.-]+"), QRegularExpression::UseUnicodePropertiesOption);
    const QString name = parts.join(u'-').replace(others, QStringLiteral("-"));
    return QDir(exportFolder(QFileInfo(m_page.lastPath()).path())).filePath(name);
}

void FigureOutput::exportView()
{
    m_page.choose(m_current().widget == &m_page ? QStringLiteral("canvas") : m_current().name);
    Q_EMIT pageRequested();
}

void FigureOutput::tellSaved()
{
    const QFileInfo file(m_page.lastPath());
    m_messages.showMessage(MessageBar::Kind::Note, tr("Saved %1.").arg(file.fileName()));
    m_messages.setAction(tr("Show in folder"), [this, folder = file.absolutePath()] { showFolder(folder); });
}

void FigureOutput::showFolder(const QString& folder)
{
    if (!QDesktopServices::openUrl(QUrl::fromLocalFile(folder)))
        m_messages.showMessage(MessageBar::Kind::Note,
                               tr("This system names no program to show folders with; it is %1.").arg(folder));
}

void FigureOutput::copyPicture()
{
    const Figure figure = m_current().figure();
    if (!figure.paint)
        m_messages.showMessage(MessageBar::Kind::Note, tr("There is no picture to copy yet: open one first."));
    else
        QApplication::clipboard()->setImage(renderFigure(figure));
}

void FigureOutput::copyNumbers()
{
    const QString table = asTable(m_current().figure());
    if (table.isEmpty())
        m_messages.showMessage(MessageBar::Kind::Note, tr("There are no numbers to copy yet: open a picture first."));
    else
        QApplication::clipboard()->setText(table);
}

bool FigureOutput::eventFilter(QObject* watched, QEvent* event)
{
    if (event->type() != QEvent::MouseButtonPress && event->type() != QEvent::MouseMove)
        return false;
    const auto* mouse = static_cast<QMouseEvent*>(event);
    const QPoint position = mouse->globalPosition().toPoint();
    const bool control = mouse->modifiers() & Qt::ControlModifier;
    if (event->type() == QEvent::MouseButtonPress)
        m_ctrlPressed = control && mouse->button() == Qt::LeftButton ? std::optional(position) : std::nullopt;
    if (event->type() != QEvent::MouseMove || !m_ctrlPressed || !(mouse->buttons() & Qt::LeftButton))
        return false;
    // Until it is clear that this is no click, the view sees no movement: it would begin to pan.
    if ((position - *m_ctrlPressed).manhattanLength() < QApplication::startDragDistance())
        return true;
    m_ctrlPressed.reset();
    for (const ViewEntry& view : m_views)
        if (view.widget == watched || view.widget->isAncestorOf(static_cast<QWidget*>(watched)))
            dragOut(view);
    return true;
}

void FigureOutput::dragOut(const ViewEntry& view)
{
    // The file must outlive the drop: whoever takes it may read it later.
    static const QTemporaryDir folder;
    const Figure figure = view.figure();
    if (!figure.paint)
        return;
    const QString path = folder.filePath(QFileInfo(m_controller.picture().name).completeBaseName() + u'-' + view.name
                                         + QStringLiteral(".png"));
    try {
        saveFigure(figure, path);
    } catch (const Error& error) {
        m_messages.showMessage(MessageBar::Kind::Error, QString::fromUtf8(error.what()));
        return;
    }
    auto* drag = new QDrag(m_window);
    auto* content = new QMimeData;
    content->setUrls({QUrl::fromLocalFile(path)});
    const QImage image = renderFigure(figure, 1);
    content->setImageData(image);
    drag->setMimeData(content);
    drag->setPixmap(QPixmap::fromImage(image.scaled(160, 160, Qt::KeepAspectRatio, Qt::SmoothTransformation)));
    drag->exec(Qt::CopyAction);
}

}  // namespace vitrine
