#pragma once

#include "jsonapi/document.h"
#include "workspaces/service.h"

namespace workspaces {

// What a document says of a workspace, of its variables; problems are left in the document.
Write read_write(jsonapi::Document& document);
VariableChange read_variable(jsonapi::Document& document);

}  // namespace workspaces
