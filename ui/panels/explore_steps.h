// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include "ui/session/exploration.h"

namespace vitrine {

/// What single keys, the toolbar and the palette do to an Exploration. None of them needs a widget.

void stepLayer(Exploration& exploration, int by);
/// Next or previous head; from a fusion to the first or last head.
void stepHead(Exploration& exploration, int by);
/// The mean of all heads, or back to the head before.
void toggleMean(Exploration& exploration);
/// The next or previous method that suits the model; before the first one the attention of a token.
void stepMethod(Exploration& exploration, int by);
void swapDirection(Exploration& exploration);
/// Where something is to be seen first.
Place openingPlace(const Trace& trace);
/// Lets go of one thing: what is pinned, what was changed, the method, the other number of the tokens. False where there is none.
bool letGo(Exploration& exploration);
void queryCls(Exploration& exploration);
void stepColours(Exploration& exploration, int by);
void changeOpacity(Exploration& exploration, double by);
void changeMass(Exploration& exploration, double by);

/// A map of tokens without a method, as a person chooses it.
struct TokenMapChoice {
    TokenMap map = TokenMap::Attention;
    QString id;  ///< no method has it
    QString title, about;
};

/// Those that a pass has; of no pass all.
std::vector<TokenMapChoice> tokenMapChoices(const Trace* trace);

/// Changes a copy of the display settings and sets it.
template <typename Change>
void changeDisplay(Exploration& exploration, Change change)
{
    DisplaySettings display = exploration.display();
    change(display);
    exploration.setDisplay(display);
}

}  // namespace vitrine
