// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "core/model/preprocess.h"
#include "ui/panels/message_bar.h"
#include "ui/picture/transparency.h"

namespace vitrine {

/// What is doubtful about the model and what it sees of the picture, until it is closed or does not hold any more.
class DoubtBar : public MessageBar {
    Q_OBJECT

public:
    explicit DoubtBar(QWidget* parent = nullptr);

    /// `picture`: what the model got, null where it got none, and what was transparent in it.
    void tell(const ModelSpec& spec, const PreparedImage* picture, const Transparency& transparency);

private:
    struct Doubt {
        QString kind;  ///< what is closed: of another picture it says nothing new
        QString text;
        bool operator==(const Doubt&) const = default;
    };

    static std::vector<Doubt> doubtsAbout(const ModelSpec& spec, const PreparedImage* picture,
                                          const Transparency& transparency);

    std::vector<Doubt> m_shown;
    QString m_model;
    QStringList m_closed;  ///< kinds, for this model
};

}  // namespace vitrine
