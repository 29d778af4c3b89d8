// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/explain/evidence.h"

namespace vitrine::computed {

// One function a method: from the evidence to its raw map.
NdArray attention(Evidence& evidence, const Arguments& told);
NdArray valueAttention(Evidence& evidence, const Arguments& told);
NdArray rollout(Evidence& evidence, const Arguments& told);
NdArray gradientAttention(Evidence& evidence, const Arguments& told);
NdArray chefer(Evidence& evidence, const Arguments& told);
NdArray leGrad(Evidence& evidence, const Arguments& told);
NdArray attentionGradCam(Evidence& evidence, const Arguments& told);
NdArray agCam(Evidence& evidence, const Arguments& told);
NdArray gradCam(Evidence& evidence, const Arguments& told);
NdArray gradientInput(Evidence& evidence, const Arguments& told);
NdArray integrated(Evidence& evidence, const Arguments& told);
NdArray smooth(Evidence& evidence, const Arguments& told);
NdArray libra(Evidence& evidence, const Arguments& told);
NdArray beyondIntuition(Evidence& evidence, const Arguments& told);
NdArray occluded(Evidence& evidence, const Arguments& told);
NdArray lens(Evidence& evidence, const Arguments& told);
NdArray nestedRollout(Evidence& evidence, const Arguments& told);
NdArray nestedGradient(Evidence& evidence, const Arguments& told);
NdArray random(Evidence& evidence, const Arguments& told);
NdArray gaussian(Evidence& evidence, const Arguments& told);

}  // namespace vitrine::computed
