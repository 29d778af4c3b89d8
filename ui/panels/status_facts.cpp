// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/status_facts.h"

#include <QLabel>
#include <QStatusBar>

#include "ui/session/exploration.h"
#include "ui/session/inference_controller.h"
#include "ui/views/parts/view_parts.h"

namespace vitrine {

namespace {

QString megabytes(std::size_t bytes)
{
    return QString::number(double(bytes) / (1 << 20), 'f', bytes < (10 << 20) ? 1 : 0);
}

QString pictureText(const QString& name, const Trace& trace)
{
    const ModelSpec& spec = *trace.model;
    const PreparedImage& picture = trace.picture;
    return StatusFacts::tr("%1 · %2 × %3 → crop %4 × %5 → %6 × %7 · %8 patches of %9")
        .arg(name)
        .arg(picture.originalWidth)
        .arg(picture.originalHeight)
        .arg(qRound(picture.crop.width))
        .arg(qRound(picture.crop.height))
        .arg(spec.imageWidth)
        .arg(spec.imageHeight)
        .arg(QStringLiteral("%1 × %2").arg(spec.gridHeight()).arg(spec.gridWidth()),
             QStringLiteral("%1 × %2").arg(spec.patchHeight).arg(spec.patchWidth));
}

QString runText(const Trace& trace)
{
    return StatusFacts::tr("%1 · %2 · %3 ms · trace %4 MB")
        .arg(QString::fromStdString(trace.device), QString::fromStdString(trace.precision))
        .arg(trace.milliseconds, 0, 'f', trace.milliseconds < 100 ? 1 : 0)
        .arg(megabytes(trace.bytes()));
}

}  // namespace

StatusFacts::StatusFacts(QStatusBar& bar, const Exploration& exploration, const InferenceController& controller)
    : QObject(&bar)
    , m_exploration(exploration)
    , m_controller(controller)
    , m_picture(makeReadout(&bar))
    , m_run(new QLabel(&bar))
{
    m_run->setTextFormat(Qt::PlainText);
    bar.addWidget(m_picture, 1);
    bar.addPermanentWidget(m_run);
}

void StatusFacts::refresh(bool stale)
{
    const auto& trace = m_exploration.trace();
    const QString name = m_controller.picture().name;
    m_picture->setText(trace && !stale ? pictureText(name, *trace) : name);
    m_run->setText(trace && !stale ? runText(*trace) : QString());
    const ResultCache& cache = m_controller.cache();
    m_run->setToolTip(tr("Results kept: %1 pictures, %2 of %3 MB")
                          .arg(cache.size())
                          .arg(megabytes(cache.bytes()), megabytes(cache.budget())));
}

}  // namespace vitrine
