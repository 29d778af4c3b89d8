// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/model_spec.h"
#include "ui/panels/message_bar.h"

namespace vitrine {

/// What is doubtful about the model, until it is closed or the model goes.
class DoubtBar : public MessageBar {
    Q_OBJECT

public:
    using MessageBar::MessageBar;

    void tell(const ModelSpec& spec);

private:
    QStringList m_told;  ///< about which model, and what; told once, for it may have been closed
};

}  // namespace vitrine
