// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/settings_dialog.h"

#include <QComboBox>
#include <QDialogButtonBox>
#include <QDoubleSpinBox>
#include <QFormLayout>
#include <QGroupBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QRegularExpression>
#include <QSpinBox>
#include <QVBoxLayout>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "ui/views/parts/view_parts.h"

namespace vitrine {

namespace {

constexpr int asTheFileSays = -1;

QString unsaid()
{
    return SettingsDialog::tr("unchanged");
}

/// 0 is what is not said.
QSpinBox* makeNumber(const QString& name, int most, const QString& none, QWidget* parent)
{
    auto* box = new QSpinBox(parent);
    box->setRange(0, most);
    box->setSpecialValueText(none);
    box->setAccessibleName(name);
    return box;
}

/// `none`: of these options, what stands where none of them is said.
QComboBox* makeOptions(const QString& name, const QStringList& options, const QString& none, QWidget* parent)
{
    QComboBox* box = makeChoice(name, {}, parent);
    box->addItem(none, asTheFileSays);
    for (int i = 0; i < static_cast<int>(options.size()); ++i)
        box->addItem(options[i], i);
    return box;
}

template <typename Value>
std::optional<Value> chosen(const QComboBox& box)
{
    const int value = box.currentData().toInt();
    return value == asTheFileSays ? std::nullopt : std::optional(static_cast<Value>(value));
}

template <typename Value>
void choose(QComboBox& box, const std::optional<Value>& value)
{
    box.setCurrentIndex(value ? box.findData(static_cast<int>(*value)) : 0);
}

std::optional<int> said(const QSpinBox& box)
{
    return box.value() > 0 ? std::optional(box.value()) : std::nullopt;
}

QString textOf(const std::array<float, 3>& numbers)
{
    QStringList parts;
    for (const float number : numbers)
        parts.append(QString::number(static_cast<double>(number), 'g', 6));
    return parts.join(u' ');
}

/// Three numbers, or one for all; nothing where that is not what stands there.
std::optional<std::array<float, 3>> numbersOf(const QString& text)
{
    static const QRegularExpression between(QStringLiteral("[\\s,;]+"));
    const QStringList parts = text.split(between, Qt::SkipEmptyParts);
    std::array<float, 3> numbers{};
    if (parts.size() != 3 && parts.size() != 1)
        return std::nullopt;
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        bool ok = false;
        numbers[i] = parts[parts.size() == 1 ? 0 : static_cast<qsizetype>(i)].toFloat(&ok);
        if (!ok || !std::isfinite(numbers[i]))
            return std::nullopt;
    }
    return numbers;
}

}  // namespace

SettingsDialog::SettingsDialog(const Settings& settings, const ModelSpec* spec, const std::vector<DeviceChoice>& devices,
                               QWidget* parent)
    : QDialog(parent)
    , m_settings(settings)
    , m_problem(new QLabel(this))
    , m_buttons(new QDialogButtonBox(QDialogButtonBox::Ok | QDialogButtonBox::Cancel, this))
{
    setWindowTitle(tr("Settings"));
    auto* model = new QGroupBox(tr("The model"), this);
    auto* modelForm = new QFormLayout(model);
    buildModel(*modelForm, spec);
    auto* run = new QGroupBox(tr("How it runs, how it looks"), this);
    auto* runForm = new QFormLayout(run);
    buildRun(*runForm, devices);
    auto* row = new QHBoxLayout;
    row->addWidget(model, 1);
    row->addWidget(run, 1);
    m_problem->setWordWrap(true);
    QPushButton* reset = m_buttons->addButton(tr("Change nothing"), QDialogButtonBox::ResetRole);
    reset->setToolTip(tr("Takes back what was said about the model"));
    reset->setAutoDefault(false);
    m_buttons->button(QDialogButtonBox::Ok)->setDefault(true);
    connect(reset, &QPushButton::clicked, this, [this] {
        Settings plain = this->settings();
        plain.model.overrides = {};
        plain.model.overrides.labels = m_settings.model.overrides.labels;
        show(plain);
    });
    auto* column = new QVBoxLayout(this);
    column->addLayout(row);
    column->addWidget(m_problem);
    column->addWidget(m_buttons);
    connect(m_buttons, &QDialogButtonBox::accepted, this, &QDialog::accept);
    connect(m_buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    for (QLineEdit* line : {m_mean, m_deviation})
        connect(line, &QLineEdit::textChanged, this, &SettingsDialog::check);
    show(settings);
    check();
}

void SettingsDialog::buildModel(QFormLayout& form, const ModelSpec* spec)
{
    const ModelOverrides& overrides = m_settings.model.overrides;
    // Where something was said, the loaded model has that and not what the file says.
    const auto none = [spec](const auto& override, const auto& value) {
        return spec && !override ? tr("unchanged (%1)").arg(value) : unsaid();
    };
    const ModelSpec now = spec ? *spec : ModelSpec();
    const Preprocessing& prepared = now.preprocessing;
    m_heads = makeNumber(tr("Heads"), 256, none(overrides.heads, now.heads), this);
    m_innerHeads = makeNumber(tr("Inner heads"), 64, none(overrides.innerHeads, now.inner.heads), this);
    m_height = makeNumber(tr("Height of the input"), 4096, none(overrides.imageHeight, now.imageHeight), this);
    m_width = makeNumber(tr("Width of the input"), 4096, none(overrides.imageWidth, now.imageWidth), this);
    m_mean = new QLineEdit(this);
    m_deviation = new QLineEdit(this);
    m_mean->setPlaceholderText(none(overrides.mean, textOf(prepared.mean)));
    m_deviation->setPlaceholderText(none(overrides.deviation, textOf(prepared.deviation)));
    for (QLineEdit* line : {m_mean, m_deviation}) {
        line->setToolTip(tr("Three numbers for red, green and blue between 0 and 1, or one for all: 0.485 0.456 0.406"));
    }
    m_crop = new QDoubleSpinBox(this);
    m_crop->setRange(0, 1);
    m_crop->setSingleStep(0.05);
    m_crop->setDecimals(3);
    m_crop->setSpecialValueText(prepared.resizeShorter > 0 ? unsaid() : none(overrides.cropFraction, prepared.cropFraction));
    const auto options = [&](const QString& name, const QStringList& all, const auto& override, auto value) {
        return makeOptions(name, all, none(override, all.value(static_cast<int>(value))), this);
    };
    m_fit = options(tr("Fit"), {tr("crop"), tr("squash"), tr("letterbox")}, overrides.fit, prepared.fit);
    m_interpolation = options(tr("Interpolation"), {tr("bilinear"), tr("bicubic")}, overrides.interpolation,
                              prepared.interpolation);
    m_pool = options(tr("What the head reads"),
                     {tr("CLS"), tr("mean of the patches"), tr("CLS and mean"), tr("what a learned query attends to")},
                     overrides.pool, now.pool);
    m_activation = options(tr("Activation"), {tr("GELU"), tr("GELU by tanh"), tr("quick GELU")}, overrides.activation,
                           now.activation);
    form.addRow(tr("Heads"), m_heads);
    form.addRow(tr("Inner heads"), m_innerHeads);
    if (spec && spec->architecture != Architecture::Tnt)
        form.setRowVisible(m_innerHeads, false);
    form.addRow(tr("Input height"), m_height);
    form.addRow(tr("Input width"), m_width);
    form.addRow(tr("Mean"), m_mean);
    form.addRow(tr("Deviation"), m_deviation);
    form.addRow(tr("Crop fraction"), m_crop);
    form.addRow(tr("Fit"), m_fit);
    form.addRow(tr("Interpolation"), m_interpolation);
    form.addRow(tr("Pooling"), m_pool);
    form.addRow(tr("Activation"), m_activation);
}

void SettingsDialog::buildRun(QFormLayout& form, const std::vector<DeviceChoice>& devices)
{
    m_device = makeChoice(tr("Device"), {}, this);
    m_device->addItem(tr("the best there is"), QStringLiteral("auto"));
    for (const DeviceChoice& device : devices)
        m_device->addItem(device.name, device.id);
    m_precision = makeChoice(tr("Precision"), {}, this);
    for (const Precision precision : {Precision::Float32, Precision::BFloat16, Precision::Float16})
        m_precision->addItem(QString::fromStdString(toString(precision)), static_cast<int>(precision));
    m_threads = makeNumber(tr("Threads"), 1024, tr("one for each core"), this);
    m_budget = new QSpinBox(this);
    m_budget->setRange(1, 1 << 20);
    m_budget->setSuffix(tr(" MiB"));
    m_budget->setToolTip(
        tr("More attention than this is not kept of a picture; a layer of it is computed again when it is looked at"));
    m_theme = makeChoice(tr("Colours of the window"), {}, this);
    m_theme->addItems({tr("as the system"), tr("dark"), tr("light"), tr("high contrast")});
    m_wheel = makeChoice(tr("What the wheel does"),
                         tr("What the wheel alone does over the picture and the matrix; with Ctrl it always zooms, with Shift "
                            "it always walks through the layers"),
                         this);
    m_wheel->addItems({tr("zooms (Shift: layers)"), tr("layers (Ctrl: zooms)")});
    form.addRow(tr("Device"), m_device);
    form.addRow(tr("Precision"), m_precision);
    form.addRow(tr("Threads"), m_threads);
    form.addRow(tr("Attention kept"), m_budget);
    form.addRow(tr("Colours"), m_theme);
    form.addRow(tr("Wheel"), m_wheel);
}

void SettingsDialog::show(const Settings& settings)
{
    const ModelOverrides& overrides = settings.model.overrides;
    const EngineOptions& options = settings.model.options;
    m_heads->setValue(overrides.heads.value_or(0));
    m_innerHeads->setValue(overrides.innerHeads.value_or(0));
    m_height->setValue(overrides.imageHeight.value_or(0));
    m_width->setValue(overrides.imageWidth.value_or(0));
    m_mean->setText(overrides.mean ? textOf(*overrides.mean) : QString());
    m_deviation->setText(overrides.deviation ? textOf(*overrides.deviation) : QString());
    m_crop->setValue(overrides.cropFraction.value_or(0));
    choose(*m_fit, overrides.fit);
    choose(*m_interpolation, overrides.interpolation);
    choose(*m_pool, overrides.pool);
    choose(*m_activation, overrides.activation);
    m_device->setCurrentIndex(std::max(0, m_device->findData(QString::fromStdString(options.device))));
    m_precision->setCurrentIndex(m_precision->findData(static_cast<int>(options.precision)));
    m_threads->setValue(options.threads);
    m_budget->setValue(static_cast<int>(options.attentionBudget >> 20));
    m_theme->setCurrentIndex(static_cast<int>(settings.theme));
    m_wheel->setCurrentIndex(static_cast<int>(settings.wheel));
}

Settings SettingsDialog::settings() const
{
    Settings result = m_settings;
    ModelOverrides& overrides = result.model.overrides;
    overrides.heads = said(*m_heads);
    overrides.innerHeads = said(*m_innerHeads);
    // One alone is a square.
    overrides.imageHeight = said(*m_height) ? said(*m_height) : said(*m_width);
    overrides.imageWidth = said(*m_width) ? said(*m_width) : said(*m_height);
    overrides.mean = numbersOf(m_mean->text());
    overrides.deviation = numbersOf(m_deviation->text());
    overrides.cropFraction = m_crop->value() > 0 ? std::optional(m_crop->value()) : std::nullopt;
    overrides.fit = chosen<Fit>(*m_fit);
    overrides.interpolation = chosen<Interpolation>(*m_interpolation);
    overrides.pool = chosen<Pool>(*m_pool);
    overrides.activation = chosen<Activation>(*m_activation);
    result.model.options.device = m_device->currentData().toString().toStdString();
    result.model.options.precision = static_cast<Precision>(m_precision->currentData().toInt());
    result.model.options.threads = m_threads->value();
    result.model.options.attentionBudget = static_cast<std::size_t>(m_budget->value()) << 20;
    result.theme = static_cast<Theme>(m_theme->currentIndex());
    result.wheel = static_cast<WheelUse>(m_wheel->currentIndex());
    return result;
}

void SettingsDialog::check()
{
    QString problem;
    for (const auto& [line, name] : {std::pair(m_mean, tr("mean")), std::pair(m_deviation, tr("deviation"))}) {
        const QString text = line->text().trimmed();
        const auto numbers = numbersOf(text);
        if (!text.isEmpty() && !numbers)
            problem = tr("The %1 is three numbers for red, green and blue, or one for all.").arg(name);
        else if (numbers && line == m_deviation && std::ranges::any_of(*numbers, [](float each) { return each <= 0; }))
            problem = tr("The deviation is what pixels are divided by: it must be more than 0.");
    }
    m_problem->setText(problem);
    m_problem->setVisible(!problem.isEmpty());
    m_buttons->button(QDialogButtonBox::Ok)->setEnabled(problem.isEmpty());
}

}  // namespace vitrine
