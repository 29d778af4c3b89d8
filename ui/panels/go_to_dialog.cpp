// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/go_to_dialog.h"

#include <QDialogButtonBox>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QVBoxLayout>

#include "core/base/error.h"
#include "ui/session/go_to.h"
#include "ui/views/parts/view_parts.h"

namespace vitrine {

GoToDialog::GoToDialog(Exploration& exploration, QWidget* parent)
    : QDialog(parent)
    , m_exploration(exploration)
    , m_line(new QLineEdit(this))
    , m_answer(makeCaption({}, this))
{
    setWindowTitle(tr("Go to"));
    m_line->setPlaceholderText(tr("layer 5 head 2 patch 6,9"));
    m_line->setAccessibleName(tr("Where to go"));
    m_line->setMinimumWidth(380);
    m_answer->setMinimumHeight(2 * m_answer->fontMetrics().lineSpacing());
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Cancel, this);
    m_go = buttons->addButton(tr("Go"), QDialogButtonBox::AcceptRole);
    auto* layout = new QVBoxLayout(this);
    layout->addWidget(m_line);
    layout->addWidget(m_answer);
    layout->addWidget(buttons);
    connect(m_line, &QLineEdit::textChanged, this, &GoToDialog::preview);
    connect(buttons, &QDialogButtonBox::accepted, this, &GoToDialog::accept);
    connect(buttons, &QDialogButtonBox::rejected, this, &GoToDialog::reject);
    connect(&exploration, &Exploration::traceChanged, this, &GoToDialog::preview);
    preview();
}

void GoToDialog::preview()
{
    m_place.reset();
    const std::shared_ptr<const Trace> trace = m_exploration.trace();
    if (!trace) {
        m_answer->setText(tr("Open a picture first."));
    } else {
        try {
            m_place = parsePlace(m_line->text(), m_exploration.place(), *trace->model);
            m_answer->setText(describe(*m_place, *trace->model));
        } catch (const Error& error) {
            m_answer->setText(QString::fromUtf8(error.what()));
        }
    }
    m_go->setEnabled(m_place.has_value());
}

void GoToDialog::accept()
{
    if (!m_place)
        return;
    m_exploration.setPlace(*m_place);
    QDialog::accept();
}

}  // namespace vitrine
