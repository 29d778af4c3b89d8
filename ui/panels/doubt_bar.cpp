// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/doubt_bar.h"

#include "ui/panels/explore_bar.h"

namespace vitrine {

void DoubtBar::tell(const ModelSpec& spec)
{
    QStringList doubts, texts;
    // The worst first.
    for (const Severity severity : {Severity::Unreliable, Severity::Doubtful})
        for (const Assumption& assumption : spec.assumed)
            if (assumption.severity == severity) {
                doubts.append(sentence(assumption));
                texts.append(QString::fromStdString(assumption.text));
            }
    const QString name = QString::fromStdString(spec.name);
    const QStringList told = QStringList(name) + doubts;
    if (told == m_told)
        return;
    m_told = told;
    if (doubts.isEmpty())
        return clear();
    const int count = static_cast<int>(doubts.size());
    const bool unreliable = spec.doubt() == Severity::Unreliable;
    const QString text
        = count == 1 ? QStringLiteral("%1 · %2").arg(name, doubts.first())
          : unreliable
              ? tr("%1 · %2 And %n more: hold the mouse here to see all.", nullptr, count - 1).arg(name, doubts.first())
              : tr("%1 · %n doubts: %2", nullptr, count).arg(name, texts.join(u' '));
    showMessage(unreliable ? Kind::Error : Kind::Doubt, text, doubts);
}

}  // namespace vitrine
