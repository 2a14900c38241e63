# boardd
