#pragma once

#include "jsonapi/resource.h"
#include "oauth/authorization.h"
#include "oauth/configuration.h"

namespace oauth {

// As site administrators see it; never with its secret.
jsonapi::Resource configuration_resource(const Configuration& configuration, const std::string& callback_url);
// As whoever may ask for service connections sees it: what the choice in a form needs.
jsonapi::Resource choice_resource(const Configuration& configuration);
jsonapi::Resource authorization_resource(const Authorization& authorization);
// With what a person who begins has to be told.
jsonapi::Resource started_resource(const Started& started);

}  // namespace oauth
