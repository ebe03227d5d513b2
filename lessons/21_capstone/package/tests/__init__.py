"""Tests of the package: pytest myfcn"""
