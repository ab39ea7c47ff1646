SELECT s.code, s.area_m2, s.covered_m2, s.people, s.people_covered FROM $sum s WHERE NOT s.whole
