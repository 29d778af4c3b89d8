// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

namespace vitrine {

/// Keeps back what Qt and its plugins write on stderr: errors are exceptions here, the rest is for developers, who set
/// QT_LOGGING_RULES to see it. Where Qt gives up (qFatal, a display that went away) the program ends with one sentence and
/// exit code 1.
void takeQtMessages();

/// The sentence to say when Qt ends the program while this lives. One at a time.
class WhenQtEnds {
public:
    explicit WhenQtEnds(std::string sentence);
    ~WhenQtEnds();
    WhenQtEnds(const WhenQtEnds&) = delete;
    WhenQtEnds& operator=(const WhenQtEnds&) = delete;
};

}  // namespace vitrine
