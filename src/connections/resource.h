#pragma once

#include <optional>
#include <string>

#include "catalogue/catalogue.h"
#include "connections/service.h"
#include "jsonapi/resource.h"

namespace connections {

inline constexpr const char* kResourceType = "service-connections";

jsonapi::Resource connection_resource(const Seen& seen, const std::string& organization_name);
jsonapi::Resource report_resource(const Report& report);
jsonapi::Resource options_resource(const OptionsWanted& wanted, const Options& found);
jsonapi::Resource verification_resource(const Verification& verification);
jsonapi::Resource role_resource(const ServiceConnectionId& connection, const store::Assignment& assignment);
jsonapi::Resource group_resource(const auth::ProjectId& project, Group group, const store::Members& members);
jsonapi::Resource authorization_resource(const ServiceConnectionId& connection, const store::Authorization& given);
jsonapi::Resource use_resource(const Use& use);
// In the form of the catalogue's file, so that clients read built-in and custom types alike.
jsonapi::Resource type_resource(const catalogue::Type& type);
jsonapi::Resource load_problem_resource(const catalogue::LoadProblem& problem);

}  // namespace connections
