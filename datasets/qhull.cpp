#include "zoo/datasets/qhull.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <new>
#include <stdexcept>
#include <string>

// The C interface: Qhull's C++ headers are not C++20.
#include <libqhull_r/qhull_ra.h>

namespace zoo {
namespace {

// Where Qhull prints a page about what it does not like. Closed by nobody: threads may use it
// until the process ends.
FILE* silence() {
  static FILE* const file = std::fopen("/dev/null", "w");
  if (!file) throw std::runtime_error("Qhull: cannot open /dev/null");
  return file;
}

// Different points for Qhull, moved and scaled, the same in both directions, to where its
// tolerances are meant for, and their indices among those asked about.
struct Distinct {
  std::vector<double> coordinates;  // x, y, x, y, ...
  std::vector<int64_t> indices;
};

void check_finite(const Points& points) {
  for (size_t i = 0; i < points.size(); ++i) {
    if (std::isfinite(points[i].x) && std::isfinite(points[i].y)) continue;
    throw std::invalid_argument("point " + std::to_string(i) + " is not finite");
  }
}

// Divided by a power of two, so that nothing is rounded but the difference to the lowest corner.
Points scaled(const Points& points) {
  const auto [left, right] = std::ranges::minmax(points, {}, &Point::x);
  const auto [low, high] = std::ranges::minmax(points, {}, &Point::y);
  // Halves, for the difference of the largest numbers is infinite.
  const double size = std::max(right.x / 2 - left.x / 2, high.y / 2 - low.y / 2);
  const int exponent = size > 0 ? std::ilogb(size) : 0;
  Points result;
  result.reserve(points.size());
  for (const auto& [x, y] : points) {
    result.push_back(
        {std::scalbn(x / 2 - left.x / 2, -exponent), std::scalbn(y / 2 - low.y / 2, -exponent)});
  }
  return result;
}

Distinct distinct(const Points& asked) {
  check_finite(asked);
  if (asked.size() < 3) {
    throw std::invalid_argument("there must be at least 3 points, got " +
                                std::to_string(asked.size()));
  }
  const Points points = scaled(asked);
  std::vector<size_t> order(points.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::ranges::sort(order, {}, [&points](size_t i) {
    return std::array{points[i].x, points[i].y, static_cast<double>(i)};
  });
  Distinct result;
  for (size_t at = 0; at < order.size(); ++at) {
    const auto& [x, y] = points[order[at]];
    if (at > 0 && x == points[order[at - 1]].x && y == points[order[at - 1]].y) continue;
    result.coordinates.insert(result.coordinates.end(), {x, y});
    result.indices.push_back(static_cast<int64_t>(order[at]));
  }
  if (result.indices.size() < 3) {
    throw std::invalid_argument("there must be at least 3 different points, got " +
                                std::to_string(result.indices.size()));
  }
  return result;
}

// One computation of Qhull with all of its memory.
class Computation {
 public:
  // options: begins with "qhull ". The points must outlive the computation.
  Computation(std::string options, Distinct& points) : points_(points) {
    const auto count = static_cast<int>(points.indices.size());
    // Qhull leaves this call by longjmp when it meets an error; no frame of C++ lies in between.
    const int error = qh_new_qhull(context_, 2, count, points.coordinates.data(), False,
                                   options.data(), nullptr, silence());
    if (error == qh_ERRnone) return;
    if (error == qh_ERRmem) throw std::bad_alloc();
    // To Qhull a line along an axis is wrong input, any other a singular problem.
    if (error == qh_ERRsingular || error == qh_ERRinput) {
      throw std::invalid_argument("all points lie on one line");
    }
    throw std::invalid_argument("Qhull cannot solve these points (its error " +
                                std::to_string(error) + ")");
  }

  const facetT* first_facet() { return static_cast<qhT*>(context_)->facet_list; }

  // The index, among the points asked about, of one corner of a facet.
  int64_t corner(const facetT& facet, int at) {
    const int id = qh_pointid(context_, SETelemt_(facet.vertices, at, vertexT)->point);
    return points_.indices.at(static_cast<size_t>(id));
  }

 private:
  // A member of its own, so that it is freed when the constructor above throws.
  class Context {
   public:
    Context() { qh_zero(&context_, silence()); }
    ~Context() {
      int blocks = 0, bytes = 0;
      qh_freeqhull(&context_, !qh_ALL);
      qh_memfreeshort(&context_, &blocks, &bytes);
    }
    Context(const Context&) = delete;
    Context& operator=(const Context&) = delete;
    operator qhT*() { return &context_; }

   private:
    qhT context_;
  };

  Distinct& points_;
  Context context_;
};

}  // namespace

std::vector<int64_t> convex_hull_of(const Points& points) {
  Distinct different = distinct(points);
  Computation hull("qhull Q12", different);
  // Each edge says which corner follows which; the last element of Qhull's list is none.
  std::vector<int64_t> next(points.size(), -1);
  for (const facetT* edge = hull.first_facet(); edge->next; edge = edge->next) {
    const bool ahead = (edge->toporient ^ qh_ORIENTclock) != 0;
    next[static_cast<size_t>(hull.corner(*edge, ahead ? 0 : 1))] =
        hull.corner(*edge, ahead ? 1 : 0);
  }
  const auto first = std::ranges::find_if(next, [](int64_t index) { return index >= 0; });
  std::vector<int64_t> corners{first - next.begin()};
  while (next.at(static_cast<size_t>(corners.back())) != corners.front()) {
    corners.push_back(next.at(static_cast<size_t>(corners.back())));
  }
  return corners;
}

std::vector<Triangle> delaunay_of(const Points& points) {
  Distinct different = distinct(points);
  // d: Delaunay; Qbb: scales the lifted coordinate; Qc: keeps what lies on a facet; Qz: a point at
  // infinity, without which points on one circle are flat; Qt: only triangles.
  Computation triangulation("qhull d Qbb Qc Qz Qt Q12", different);
  std::vector<Triangle> triangles;
  for (const facetT* facet = triangulation.first_facet(); facet->next; facet = facet->next) {
    if (facet->upperdelaunay) continue;
    Triangle triangle{triangulation.corner(*facet, 0), triangulation.corner(*facet, 1),
                      triangulation.corner(*facet, 2)};
    std::ranges::sort(triangle);
    triangles.push_back(triangle);
  }
  std::ranges::sort(triangles);
  return triangles;
}

}  // namespace zoo
