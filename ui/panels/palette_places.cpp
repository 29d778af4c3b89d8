// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/palette_places.h"

#include <QAction>

#include <algorithm>

namespace vitrine {

namespace {

/// More could not be looked through, and each costs an action.
constexpr int mostPictures = 2000;

}  // namespace

std::vector<ActionGroup> placesToGo(Exploration& exploration, const PictureList& pictures, const std::function<void(int)>& pick,
                                    QObject* owner)
{
    ActionGroup places{QObject::tr("Go to"), {}}, classes{QObject::tr("Class"), {}}, opened{QObject::tr("Picture"), {}};
    const auto add = [owner](ActionGroup& group, QString text, std::function<void()> run) {
        // An ampersand in a name is a letter, not a mnemonic.
        auto* action = new QAction(text.replace(u'&', QStringLiteral("&&")), owner);
        QObject::connect(action, &QAction::triggered, owner, std::move(run));
        group.actions.append(action);
    };
    if (const auto& trace = exploration.trace()) {
        const ModelSpec& spec = *trace->model;
        for (int layer = 0; layer < spec.layers; ++layer)
            add(places, QObject::tr("layer %1").arg(layer), [&exploration, layer] { exploration.setLayer(layer); });
        for (int head = 0; head < spec.heads; ++head)
            add(places, QObject::tr("head %1").arg(head), [&exploration, head] {
                exploration.setHeads({HeadFusion::Single, head, {}});
            });
        for (int index = 0; index < spec.classes; ++index)
            add(classes, QString::fromStdString(spec.label(index)), [&exploration, index] { exploration.explainClass(index); });
    }
    for (int row = 0; row < std::min(pictures.rowCount(), mostPictures); ++row)
        add(opened, pictures.source(row).name, [pick, row] { pick(row); });
    std::vector<ActionGroup> groups;
    for (const ActionGroup& group : {places, classes, opened})
        if (!group.actions.isEmpty())
            groups.push_back(group);
    return groups;
}

}  // namespace vitrine
