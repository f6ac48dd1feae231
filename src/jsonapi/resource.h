#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/page.h"
#include "jsonapi/document.h"

namespace jsonapi {

// One resource object of an answer.
struct Resource {
  std::string type;
  std::string id;
  Json attributes = Json::object();
  Json relationships = Json::object();  // values made by to_one / to_many
  Json links = Json::object();

  // Adds {"data":{"id","type"}} — or {"data":null} for an empty id — and, if given, links.related.
  Resource& to_one(const std::string& name, const std::string& type, const std::string& id,
                   const std::string& related = {});
  Resource& to_many(const std::string& name, const std::string& type, const std::vector<std::string>& ids,
                    const std::string& related = {});
};

Json to_json(const Resource& resource);
std::string document(const Resource& resource, const std::vector<Resource>& included = {});
// A list with links and meta.pagination as Terraform Cloud's clients decode it. `url` is the request's path and query.
std::string list_document(const std::vector<Resource>& resources, const base::PageRequest& request, std::int64_t total,
                          const std::string& url, const std::vector<Resource>& included = {});
// A list that is not paged unless the client asked (OAuth clients, SSH keys): still with meta.
std::string list_document(const std::vector<Resource>& resources, const std::string& url,
                          const std::vector<Resource>& included = {});

}  // namespace jsonapi
