// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/cheat_sheet.h"

#include <QDialogButtonBox>
#include <QScreen>
#include <QStringList>
#include <QTextBrowser>
#include <QVBoxLayout>

#include "ui/views/parts/wheel_steps.h"

namespace vitrine {

namespace {

constexpr int sheetColumns = 3;

struct Block {
    QString html;
    int lines = 0;
};

Block block(const QString& title, const std::vector<std::pair<QString, QString>>& rows)
{
    Block result;
    result.html = QStringLiteral("<p style='margin-top:10px; margin-bottom:2px'><b>") + title.toHtmlEscaped()
                  + QStringLiteral("</b></p><table cellspacing='0' cellpadding='1'>");
    for (const auto& [key, effect] : rows)
        result.html += QStringLiteral("<tr><td style='padding-right:12px; white-space:nowrap'>") + key.toHtmlEscaped()
                       + QStringLiteral("</td><td>") + effect.toHtmlEscaped() + QStringLiteral("</td></tr>");
    result.html += QStringLiteral("</table>");
    result.lines = static_cast<int>(rows.size()) + 2;
    return result;
}

QString keysOf(const QAction& action)
{
    QStringList keys;
    for (const QKeySequence& sequence : action.shortcuts())
        keys << sequence.toString(QKeySequence::NativeText);
    return keys.join(QStringLiteral("  "));
}

}  // namespace

QString cheatSheetHtml(const std::vector<ActionGroup>& groups, const std::vector<std::pair<QString, QString>>& gestures)
{
    std::vector<Block> blocks;
    for (const ActionGroup& group : groups) {
        std::vector<std::pair<QString, QString>> rows;
        for (const QAction* action : group.actions)
            // Recent files are no commands.
            if (!action->shortcut().isEmpty() && !action->data().isValid())
                rows.emplace_back(keysOf(*action), plainText(*action));
        if (!rows.empty())
            blocks.push_back(block(group.title, rows));
    }
    if (!gestures.empty())
        blocks.push_back(block(CheatSheet::tr("In the picture and the strip"), gestures));

    int lines = 0;
    for (const Block& part : blocks)
        lines += part.lines;
    // Whole groups in columns of about the same length.
    QString html = QStringLiteral("<table width='100%'><tr><td valign='top'>");
    int used = 0, column = 1;
    for (const Block& part : blocks) {
        if (column < sheetColumns && used > 0 && (used + part.lines / 2) * sheetColumns > lines * column) {
            html += QStringLiteral("</td><td valign='top'>");
            ++column;
        }
        html += part.html;
        used += part.lines;
    }
    return html + QStringLiteral("</td></tr></table>");
}

CheatSheet::CheatSheet(const std::vector<ActionGroup>& groups, QWidget* parent)
    : QDialog(parent)
{
    setWindowTitle(tr("Keys and gestures"));
    auto* text = new QTextBrowser(this);
    text->setFrameShape(QFrame::NoFrame);
    text->setAccessibleName(windowTitle());
    const bool walks = wheelUse() == WheelUse::Layers;
    text->setHtml(cheatSheetHtml(groups, {
                                             {tr("move"), tr("preview a patch")},
                                             {tr("click"), tr("pin a patch; beside the picture: let go")},
                                             {tr("arrows"), tr("move the patch")},
                                             {tr("Shift+arrows"), tr("move the inner token of a TNT")},
                                             {tr("Delete"), tr("take a picture out of the strip")},
                                             {walks ? tr("Ctrl+wheel") : tr("wheel"), tr("zoom at the pointer")},
                                             {walks ? tr("wheel") : tr("Shift+wheel"), tr("layer deeper or back")},
                                             {tr("Ctrl+Shift+wheel"), tr("next or previous head")},
                                             {tr("drag"), tr("pan")},
                                             {tr("double click"), tr("close-up of a patch, and back")},
                                             {tr("Ctrl+drag"), tr("take the figure out of the window")},
                                         }));
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    auto* layout = new QVBoxLayout(this);
    layout->addWidget(text);
    layout->addWidget(buttons);
    resize(QSize(1000, 720).boundedTo(screen()->availableSize() * 0.9));
}

}  // namespace vitrine
