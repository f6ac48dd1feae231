#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "catalogue/target.h"
#include "catalogue/values.h"

namespace catalogue {

// Files that no template can make. "pkcs12": certificate and key as PKCS#12; "kubeconfig_context": the kubeconfig with
// the chosen context as its current one; "svn_simple": Subversion's record of a user and password.
base::Result<std::string> generate(std::string_view generator, const Values& values, const TargetText& target);

// The file name under which Subversion looks for the record: the MD5 of the realm string
// (libsvn_subr/config_auth.c).
std::string subversion_record_name(const Values& values, const TargetText& target);

}  // namespace catalogue
