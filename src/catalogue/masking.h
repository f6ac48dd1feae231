#pragma once

#include <span>
#include <vector>

#include "base/secret.h"
#include "catalogue/materials.h"

namespace catalogue {

// Everything that must not show up in the log of a run with these connections and files: Materials::masked.
std::vector<base::Secret> texts_to_mask(std::span<const Use> uses, const std::vector<MaterialFile>& files);

}  // namespace catalogue
