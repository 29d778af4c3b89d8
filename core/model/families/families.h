// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// For the files of families alone.

#include <algorithm>
#include <array>

#include "core/base/error.h"
#include "core/model/account.h"
#include "core/model/family.h"

namespace vitrine::family {

/// OpenAI's and open_clip's names, and what stands beside the image half in their files.
Dialect openNames();
std::span<const std::string_view> openTextHalf();
/// Their projection is kept as [D, E].
void transposeProjection(TensorMap& map);

/// A matrix "patch_embed.proj" over the pixels of a patch (row, column, channel), as linear_patches.h wants it.
void linearPatches(TensorMap& map);
/// Of a network whose grid follows the picture: a square table of positions for the patches alone, resampled to any grid.
/// Throws Error when the table is none.
void takeSquareTable(ModelSpec& spec, const TensorMap& map);
/// How a RADIO resamples its positions, and which of its tokens in front are CLS.
void radioPositions(ModelSpec& spec, FamilySays& told, std::optional<int> clsTokens = {});
/// SigLIP 2's: the picture's shape in 256 patches.
Preprocessing naflexRecipe();

/// Whether a name, timm's or transformers', is of a family with rotary positions, most of which no tensor tells.
bool hasRotaryPositions(std::string_view name);

/// Of a network whose tensors are another one's (DeiT III's), by timm's name of it.
std::optional<Rotary> rotaryOfName(std::string_view architecture);

/// transformers' names of a ViT.
Dialect huggingFaceNames();

/// timm's names, which many families have.
Dialect timmNames();

/// Of a TNT in timm's structure, whoever named its tensors.
void tntFacts(ModelSpec& spec, const FamilyFacts& facts, FamilySays& told);

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
