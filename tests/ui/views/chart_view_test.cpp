// SPDX-License-Identifier: GPL-3.0-or-later
#include <QChart>
#include <QTest>
#include <gtest/gtest.h>

#include "ui/views/parts/chart_style.h"

namespace vitrine {
namespace {

TEST(ChartView, APressBesideTheChartDoesNothing)
{
    ChartView view;
    view.resize(300, 200);
    view.show();
    ASSERT_TRUE(QTest::qWaitForWindowExposed(&view));
    view.chart()->resize(100, 100);
    ASSERT_FALSE(view.itemAt(250, 150));
    QTest::mouseClick(view.viewport(), Qt::LeftButton, {}, {250, 150});
    QTest::mouseDClick(view.viewport(), Qt::LeftButton, {}, {250, 150});
}

}  // namespace
}  // namespace vitrine
