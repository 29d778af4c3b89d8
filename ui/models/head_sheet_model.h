// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractTableModel>
#include <QImage>

#include <array>
#include <optional>
#include <stop_token>
#include <vector>

#include "core/explain/head_metrics.h"
#include "ui/session/exploration.h"

namespace vitrine {

/// All layers (columns) and heads (rows; row 0 is several heads fused) of a trace, each as a small map of the shown
/// token or as one number. GUI thread; numbers of the whole trace are computed beside it.
class HeadSheetModel : public QAbstractTableModel {
    Q_OBJECT

public:
    explicit HeadSheetModel(const Exploration& exploration, QObject* parent = nullptr);
    ~HeadSheetModel() override;

    /// Nothing: maps.
    void setMetric(std::optional<HeadMetric> metric);
    std::optional<HeadMetric> metric() const { return m_metric; }

    /// Which heads a row shows, and the row of the present choice.
    HeadChoice choiceAt(int row) const;
    int presentRow() const;
    bool isInSubset(int row) const;
    /// Whether a head is switched off.
    bool isOff(int row, int layer) const;

    /// The number of a cell under metric(); NaN where it is not known (yet).
    float number(int row, int layer) const;
    /// Of all cells.
    ValueRange numberRange() const;
    /// Whether numbers are still being computed.
    bool isComputing() const;
    /// Whether no cell waits for a number or for its layer's attention.
    bool isWhole() const;
    /// Whether the maps are still those of another token: where attention is computed from q and k they come later.
    bool isBehind() const;
    /// The map of a cell, of the shown token whatever isBehind() says; one pixel a patch, null without attention.
    QImage map(int row, int layer) const;

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    /// DecorationRole: the map as QImage, one pixel a patch, or the number's colour. DisplayRole: the number.
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

Q_SIGNALS:
    void numbersReady();
    void mapsMissing() const;

private:
    struct Shown {
        int token = 0;
        Direction direction = Direction::LooksAt;
        HeadChoice fused;
        DisplaySettings display;
        bool operator==(const Shown&) const = default;
    };

    Shown shown() const;
    void takeTrace();
    void refresh();
    void forgetMaps();
    void compute();
    void changed(int firstRow, int lastRow, int fromLayer, int toLayer);
    void computeMaps();
    QImage image(int row, int layer) const;
    QImage drawn(const Heatmap& map) const;
    QString describe(int row, int layer) const;
    QString describeMap(int row, int layer) const;

    const Exploration& m_exploration;
    std::shared_ptr<const Trace> m_trace;
    std::optional<HeadMetric> m_metric;
    std::stop_source m_stop;           ///< of what is computed of m_trace
    std::array<NdArray, 4> m_numbers;  ///< by HeadMetric, [layers, heads]
    Shown m_shown;
    TokenSlices m_slices;
    bool m_computingMaps = false;
    mutable std::vector<QImage> m_images;
};

/// "mean attention distance", and what it is measured in.
QString toString(HeadMetric metric);
QString unitOf(HeadMetric metric);

}  // namespace vitrine
