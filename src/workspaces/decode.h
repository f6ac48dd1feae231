#pragma once

#include "jsonapi/document.h"
#include "workspaces/service.h"

namespace workspaces {

// What a document says of a workspace, of its variables; problems are left in the document.
Write read_write(jsonapi::Document& document);
// "data" of a list of tag bindings, or of the relationship to them. kInvalid with a pointer.
base::Result<std::vector<TagBinding>> read_bindings(const jsonapi::Json& data);
VariableChange read_variable(jsonapi::Document& document);

}  // namespace workspaces
