#pragma once

#include <vector>

#include "catalogue/materials.h"
#include "catalogue/target.h"

namespace catalogue {

// ENDPOINT_URL_…, ENDPOINT_AUTH_… and so on of one connection, as Azure Pipelines' task library names them
// (github.com/microsoft/azure-pipelines-task-lib, vault and getEndpoint…).
std::vector<MaterialVariable> endpoint_variables_of(const Use& use, const TargetText& target);

}  // namespace catalogue
