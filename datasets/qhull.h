// Convex hulls and Delaunay triangulations of points of the plane, by Qhull.
//
// Barber, Dobkin and Huhdanpaa (1996), "The Quickhull algorithm for convex hulls", ACM Transactions
// on Mathematical Software 22(4); http://www.qhull.org. May be called from several threads at once;
// nothing is printed.
//
// Of points at one place the one with the lowest index stands for all of them; the others are in no
// hull and in no triangle. Which points are chosen does not depend on the order of the points,
// save for their indices.
//
// Both functions throw `std::invalid_argument` with a message for people if there are fewer than
// three different points, if all lie on one line as far as double precision tells, or if a
// coordinate is not finite.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "zoo/datasets/pointing.h"

namespace zoo {

/// Indices of the corners of the convex hull, counter-clockwise, from the one with the lowest
/// index. Points inside an edge are no corners.
std::vector<int64_t> convex_hull_of(const Points& points);

/// Indices of three points, increasing.
using Triangle = std::array<int64_t, 3>;

/// The triangles of the Delaunay triangulation, sorted by their indices: no point lies strictly
/// inside the circle through the corners of a triangle. Where four or more points lie on one empty
/// circle, as in a regular grid, there are several such triangulations; the one given is that of
/// Qhull's option Qt, which cuts their polygon by diagonals that do not cross.
std::vector<Triangle> delaunay_of(const Points& points);

}  // namespace zoo
