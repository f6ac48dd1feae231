#pragma once

#include "jsonapi/resource.h"
#include "vcs/kind.h"
#include "webhooks/inbox.h"
#include "webhooks/registrar.h"

namespace webhooks {

// The JSON:API forms of this folder: "vcs-hooks" and "deliveries".
jsonapi::Resource hook_resource(const Hook& hook, const std::vector<std::string>& consumers);
jsonapi::Resource delivery_resource(const Delivery& delivery);
// Adds headers, body and how the delivery was proven. Long bodies are cut.
void add_bytes(jsonapi::Resource& resource, const DeliveryBytes& bytes, const vcs::Kind* kind);

}  // namespace webhooks
