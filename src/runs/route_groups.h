#pragma once

#include "runs/pictures.h"
#include "runs/routes.h"

// The parts add_routes() is made of.
namespace runs {

void add_preview_routes(http::Router& router, const Routes& routes);

}  // namespace runs
