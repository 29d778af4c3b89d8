// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// For the files of families alone.

#include <algorithm>
#include <array>

#include "core/base/error.h"
#include "core/model/account.h"
#include "core/model/family.h"

namespace vitrine::family {

extern const FamilyModule beitHuggingFace, beitTimm, clipHuggingFace, clipOpen, clipTimm, dinov3, dinov3HuggingFace, eva02,
    perceptionOpen, perceptionTimm, poolTimm, ropeAxial, ropeMixed, ropeRegisters, siglipHuggingFace, tntHuawei, tntLucidrains,
    tntMmpretrain, tntTimm, vitGoogle, vitHuggingFace, vitJeonsworld, vitLucidrains, vitMmpretrain, vitMonai,
    vitMonaiPerceptron, vitTimm, vitTorchvision;

/// OpenAI's and open_clip's names, and what stands beside the image half in their files.
Dialect openNames();
std::span<const std::string_view> openTextHalf();
/// Their projection is kept as [D, E].
void transposeProjection(TensorMap& map);

/// Whether a name, timm's or transformers', is of a family with rotary positions, most of which no tensor tells.
bool hasRotaryPositions(std::string_view name);

/// Of a network whose tensors are another one's (DeiT III's), by timm's name of it.
std::optional<Rotary> rotaryOfName(std::string_view architecture);

/// timm's names, which many families have.
Dialect timmNames();

/// Another canonical name, where the tensor is there.
void renameTensor(TensorMap& map, const std::string& from, const std::string& to);

/// The same for a part of many names.
void renameAll(TensorMap& map, std::string_view part, std::string_view to);

/// "attn_pool.qkv.*", rows of q, k and v, as "attn_pool.q.*" and "attn_pool.kv.*". Throws Error where they do not divide.
void splitPoolQuery(TensorMap& map);

/// A tower's head is the projection to what pictures and texts share; a head that classifies has a bias.
void headOrProjection(TensorMap& map, const Checkpoint& checkpoint);

/// A matrix [rows, columns] as [columns, rows]. Throws Error when it is none.
TensorRecipe transposedRecipe(const TensorRecipe& matrix);

/// The tensor `name` around a network whose own prefix ends with `inner`; null: there is none.
const TensorInfo* besideOuter(const NameTable& table, std::string_view inner, std::string_view name);

/// Of ModelSpec::embedding: the projection's rows, or D where there is no projection.
int embeddingWidth(const ModelSpec& spec, const TensorMap& map);

}  // namespace vitrine::family
