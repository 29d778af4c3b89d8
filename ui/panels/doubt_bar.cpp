// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/doubt_bar.h"

#include <algorithm>
#include <utility>

#include "core/model/unseen.h"
#include "ui/panels/explore_bar.h"

namespace vitrine {

DoubtBar::DoubtBar(QWidget* parent)
    : MessageBar(parent)
{
    connect(this, &MessageBar::closed, this, [this] {
        for (const Doubt& doubt : std::as_const(m_shown))
            m_closed.append(doubt.kind);
    });
}

std::vector<DoubtBar::Doubt> DoubtBar::doubtsAbout(const ModelSpec& spec, const PreparedImage* picture,
                                                   const Transparency& transparency)
{
    std::vector<Doubt> doubts;
    // The worst first.
    for (const Severity severity : {Severity::Unreliable, Severity::Doubtful})
        for (const Assumption& assumption : spec.assumed)
            if (assumption.severity == severity)
                doubts.push_back({sentence(assumption), sentence(assumption)});
    if (!doubts.empty())
        doubts.front().text.prepend(QString::fromStdString(spec.name) + QStringLiteral(" · "));
    if (const std::string text = picture ? unseenPart(*picture, spec.preprocessing) : std::string(); !text.empty())
        doubts.push_back({QStringLiteral("unseen"), QString::fromStdString(text)});
    if (const std::string text = picture ? sentenceOf(transparency) : std::string(); !text.empty())
        doubts.push_back({QStringLiteral("transparent"), QString::fromStdString(text)});
    return doubts;
}

void DoubtBar::tell(const ModelSpec& spec, const PreparedImage* picture, const Transparency& transparency)
{
    const QString name = QString::fromStdString(spec.name);
    if (name != std::exchange(m_model, name))
        m_closed.clear();
    std::vector<Doubt> doubts = doubtsAbout(spec, picture, transparency);
    std::erase_if(doubts, [this](const Doubt& doubt) { return m_closed.contains(doubt.kind); });
    if (doubts == std::exchange(m_shown, doubts))
        return;  // what is unfolded stays so
    if (doubts.empty())
        return clear();
    QStringList texts;
    for (const Doubt& doubt : doubts)
        texts.append(doubt.text);
    showMessages(spec.doubt() == Severity::Unreliable ? Kind::Error : Kind::Doubt, texts);
}

}  // namespace vitrine
